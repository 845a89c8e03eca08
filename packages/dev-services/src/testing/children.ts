import { execFileSync } from 'node:child_process';

/** The pids of a process's children that still run, `ps` itself left out. */
export function childrenOf(parent: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, ppid, stat, command]) => Number(ppid) === parent && !stat?.startsWith('Z') && command !== 'ps')
    .map(([pid]) => Number(pid));
}
