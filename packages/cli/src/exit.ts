import { printable } from '@vigil/shared/text/printable';

/** What may quote a file's name or a server's answer, line by line as text. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Exit codes: 0 done, 1 failed, 2 called wrongly. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** A mistake that the user can mend: its message is printed as it is, without a stack, and the process ends with `exitCode`. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** `EXIT_FAILED` where the very same call may succeed later, so that a supervisor is right to try it again. */
  readonly exitCode: number;

  constructor(message: string, { exitCode = EXIT_USAGE, ...options }: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
