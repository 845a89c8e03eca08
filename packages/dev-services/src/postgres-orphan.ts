import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, processCommand } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

/** Fast, immediate, and the last resort, with the time that each gets, ms. */
const STOP_SIGNALS = { SIGINT: 8000, SIGQUIT: 4000, SIGKILL: 4000 };
type StopSignal = keyof typeof STOP_SIGNALS;

/**
 * Stops a PostgreSQL server that still runs on this cluster though whoever started it is gone, and removes the
 * postmaster.pid of a server that is gone itself: its pid may meanwhile be somebody else's, and PostgreSQL would refuse to start.
 * It would, too, while a process of a server that was killed goes on with a statement, as it may for as long as that takes.
 * The caller must hold the lock of the cluster.
 */
export async function clearOrphan(cluster: string): Promise<void> {
  await stopServer(cluster);
  await end(() => leftBehind(cluster), ['SIGQUIT', 'SIGKILL']);
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
  if (!(await end(() => [pid], ['SIGINT', 'SIGQUIT', 'SIGKILL'])))
    throw new Error(`PostgreSQL (process ${pid}) still runs on ${cluster} and cannot be stopped`);
  rmSync(pidFile, { force: true });
}

/** Says whether the processes have ended, by one signal after the other to those that are found then. */
async function end(find: () => readonly number[], signals: readonly StopSignal[]): Promise<boolean> {
  for (const signal of signals) {
    const pids = find();
    const areGone = (): boolean => !pids.some((pid) => isRunning(pid));
    for (const pid of pids) signalIfThere(pid, signal);
    const gone = waitUntil(areGone, { timeoutMs: STOP_SIGNALS[signal], what: 'end of the orphaned PostgreSQL' });
    if (await gone.catch(() => false)) return true;
  }
  return false;
}

function isServerOf(pid: number, cluster: string): boolean {
  const command = isRunning(pid) ? processCommand(pid) : undefined;
  return command !== undefined && command.includes('postgres') && command.includes(cluster);
}
