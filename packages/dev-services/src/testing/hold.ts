import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRunning } from '../process-identity.ts';
import { waitUntil } from '../wait-until.ts';

export type Held = { parent: ChildProcess; servers: { url: string; pid: number }[] };

/**
 * Starts `hold-servers.ts` and waits for its servers.
 * @param through a program that runs what its last arguments are, in its own place, with its first arguments
 */
export async function hold(
  then: 'wait' | 'throw' | 'exit',
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  through: readonly string[] = [],
): Promise<Held> {
  const program = [process.execPath, join(import.meta.dirname, 'hold-servers.ts'), then, ...names];
  const [command = '', ...args] = [...through, ...program];
  const parent = spawn(command, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let errors = '';
  parent.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const lines = createInterface({ input: parent.stdout });
  const line = (await Promise.race([once(lines, 'line'), once(parent, 'exit').then(() => [undefined])]))[0] as unknown;
  if (typeof line !== 'string') throw new Error(`the parent ended before its servers ran: ${errors}`);
  return { parent, servers: JSON.parse(line) as Held['servers'] };
}

/** Resolves when none of the processes runs any more. */
export async function allGone(pids: readonly number[]): Promise<void> {
  await waitUntil(() => pids.every((pid) => !isRunning(pid)), { timeoutMs: 15_000, what: `end of ${pids.join(', ')}` });
}
