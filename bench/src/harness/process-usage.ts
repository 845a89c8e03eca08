import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What a process and its children have used. */
export interface Usage {
  /** User and system time, seconds, children that have ended included. */
  cpuSeconds: number;
  /** Resident memory, bytes; memory that PostgreSQL's processes share counts once in each. */
  residentBytes: number;
}

const CLOCK_TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** Whether the system tells what processes use (Linux). */
const canReadUsage = existsSync('/proc/self/stat');

/** Usage of a process and all below it; zero where the system does not tell or the process is gone. */
export function usageOf(pid: number | undefined): Usage {
  const total: Usage = { cpuSeconds: 0, residentBytes: 0 };
  if (pid === undefined || !canReadUsage) return total;
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const stat = read(`/proc/${next}/stat`);
    if (stat === undefined) continue;
    // The second field is the program's name in brackets, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    for (const index of [11, 12, 13, 14]) total.cpuSeconds += Number(fields[index]) / CLOCK_TICKS_PER_SECOND;
    total.residentBytes += Number(fields[21]) * PAGE_BYTES;
    waiting.push(...childrenOf(next));
  }
  return total;
}

function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
