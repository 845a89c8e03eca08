import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same pid: its start time. Undefined when no such process runs;
 * a zombie counts as gone, since it holds nothing any more.
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform === 'linux') {
    let stat: string;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    } catch {
      return undefined;
    }
    // The command in parentheses may hold blanks; the fields after it do not. Field 3 is the state, 22 the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  }
  try {
    const out = ps(pid, 'stat=,lstart=');
    return out === '' || out.startsWith('Z') ? undefined : out.slice(out.indexOf(' ')).trim();
  } catch {
    return undefined;
  }
}

/** The command line of a process, arguments joined by blanks; undefined when it is gone. */
export function processCommand(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    }
    return ps(pid, 'command=');
  } catch {
    return undefined;
  }
}

/** Whether a process with this pid runs (zombies do not). */
export function isRunning(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

/** Its answer must not depend on time zone, language and width of the terminal, which another process of ours may have others of. */
function ps(pid: number, columns: string): string {
  // The name of macOS for what keeps letters of other languages as they are.
  const env = { PATH: process.env['PATH'], TZ: 'UTC', LC_TIME: 'C', LC_CTYPE: 'UTF-8' };
  return execFileSync('ps', ['-ww', '-o', columns, '-p', String(pid)], { encoding: 'utf8', env }).trim();
}
