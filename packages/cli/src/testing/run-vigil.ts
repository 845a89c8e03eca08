import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const MAIN = join(import.meta.dirname, '../main.ts');

export interface VigilRun {
  stdout: string;
  stderr: string;
  code: number | null;
}

/** What is printed must not depend on where the tests run: runners of CI force colours. */
const PLAIN: NodeJS.ProcessEnv = { NO_COLOR: '1', FORCE_COLOR: undefined };

/** Starts `vigil` as a person does, in a process of its own. `env` is added to the test's. */
export function startVigil(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...PLAIN, ...env } });
}

/** Runs `vigil` as a person does, to its end. `env` is added to the test's. */
export async function runVigil(
  args: readonly string[],
  options: { stdin?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<VigilRun> {
  const child = startVigil(args, options.env);
  child.stdin.end(options.stdin ?? '');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout, stderr, code: code as number | null };
}
