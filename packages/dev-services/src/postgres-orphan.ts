import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, processCommand } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

// Fast, immediate, and the last resort; each with the time that it gets.
const stopSteps = [
  ['SIGINT', 8000],
  ['SIGQUIT', 4000],
  ['SIGKILL', 4000],
] as const satisfies readonly (readonly [NodeJS.Signals, number])[];

/**
 * Stops a PostgreSQL server that still runs on this cluster though whoever started it is gone, and removes the
 * postmaster.pid of a server that is gone itself: its pid may meanwhile be somebody else's, and PostgreSQL would refuse to start.
 * It would, too, while a process of a server that was killed goes on with a statement, as it may for as long as that takes.
 * The caller must hold the lock of the cluster.
 */
export async function clearOrphan(cluster: string): Promise<void> {
  await stopServer(cluster);
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    const left = leftBehind(cluster);
    for (const pid of left) signalIfThere(pid, signal);
    const gone = waitUntil(() => left.every((pid) => !isRunning(pid)), {
      timeoutMs: 4000,
      what: 'end of its processes',
    });
    if (await gone.catch(() => false)) return;
  }
}

/** Processes of the cluster's servers; Linux tells them by where they work. */
function leftBehind(cluster: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === cluster && processCommand(pid)?.startsWith('postgres: ') === true;
      } catch {
        // Gone in between, or somebody else's.
        return false;
      }
    });
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
    process.kill(pid, 'SIGCONT');
  } catch {
    // Gone in between.
  }
}

async function stopServer(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  } catch {
    return;
  }
  if (!Number.isInteger(pid) || pid <= 1 || !isServerOf(pid, cluster)) {
    rmSync(pidFile, { force: true });
    return;
  }
  for (const [signal, timeoutMs] of stopSteps) {
    signalIfThere(pid, signal);
    const gone = await waitUntil(() => !isRunning(pid), { timeoutMs, what: 'end of the orphaned PostgreSQL' }).catch(
      () => false,
    );
    if (gone) {
      rmSync(pidFile, { force: true });
      return;
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) still runs on ${cluster} and cannot be stopped`);
}

function isServerOf(pid: number, cluster: string): boolean {
  const command = isRunning(pid) ? processCommand(pid) : undefined;
  return command !== undefined && command.includes('postgres') && command.includes(cluster);
}
