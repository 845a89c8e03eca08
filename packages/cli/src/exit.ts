import { printable } from '@vigil/shared/text/printable';

/** What may quote a file's name or a server's answer, line by line as text. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** A mistake that the user can mend: its message is printed as it is, without a stack, and the process ends with 2. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Exit codes: 0 done, 1 failed, 2 called wrongly. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
