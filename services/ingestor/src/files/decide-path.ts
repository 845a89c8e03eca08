import { whyUnreadable } from './why-unreadable.ts';

export interface PathStat {
  dev: number;
  ino: number;
  size: number;
  /** Why it is no regular file, if it is none. */
  noFile: string | undefined;
}

/** What a look at a followed path means for what is being read from it. */
export type PathDecision =
  | { kind: 'absent'; reason: string }
  | { kind: 'unreadable'; reason: string }
  | { kind: 'not_a_file'; reason: string }
  | { kind: 'first' }
  | { kind: 'same' }
  /** Shorter than what was read: truncated. */
  | { kind: 'shrunk' }
  /** Another file: rotated, re-created, or a symbolic link that was turned. */
  | { kind: 'replaced' };

/**
 * @param seen result of `stat`, or its error
 * @param live the file that is read as the present one, if any
 */
export function decidePath(
  seen: PathStat | NodeJS.ErrnoException,
  live: { dev: number; ino: number; scanned: number } | undefined,
): PathDecision {
  if (seen instanceof Error) {
    const isAbsent = seen.code === 'ENOENT' || seen.code === 'ENOTDIR';
    return { kind: isAbsent ? 'absent' : 'unreadable', reason: whyUnreadable(seen) };
  }
  if (seen.noFile !== undefined) return { kind: 'not_a_file', reason: seen.noFile };
  if (live === undefined) return { kind: 'first' };
  if (live.dev !== seen.dev || live.ino !== seen.ino) return { kind: 'replaced' };
  return seen.size < live.scanned ? { kind: 'shrunk' } : { kind: 'same' };
}

/** How long the end of an unlinked file without successor is watched. */
const UNLINKED_HOLD_MS = 60_000;

/**
 * Whether a file that lost its path has been read for good: its successor has been there for the grace period, or nothing can
 * reach it by name any more and it has not grown for long.
 */
export function isFinished(
  file: { detachedAtMs: number; grewAtMs: number; unlinked: boolean },
  successorSinceMs: number | undefined,
  nowMs: number,
  graceMs: number,
): boolean {
  if (successorSinceMs !== undefined && nowMs - Math.max(successorSinceMs, file.detachedAtMs) >= graceMs) return true;
  return file.unlinked && nowMs - Math.max(file.grewAtMs, file.detachedAtMs) >= UNLINKED_HOLD_MS;
}
