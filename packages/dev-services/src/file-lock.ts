import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { processIdentity } from './process-identity.ts';

type Owner = { pid: number; identity: string };

/** Another living process holds the lock. */
export class LockHeldError extends Error {
  readonly pid: number;
  constructor(path: string, pid: number) {
    super(`process ${pid} holds ${path}`);
    this.name = 'LockHeldError';
    this.pid = pid;
  }
}

/**
 * Takes a lock that a crashed holder does not keep: a file naming its owner by pid and start time.
 * Returns the release. Throws LockHeldError when another process, or this one, holds it.
 */
export function takeLock(path: string): () => void {
  const identity = processIdentity(process.pid);
  if (identity === undefined) throw new Error('cannot tell our own start time');
  const mine = `${path}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, identity } satisfies Owner), { mode: 0o600 });
  try {
    for (;;) {
      try {
        // Atomic, and the file is complete the moment it appears under its name.
        linkSync(mine, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      removeIfStale(path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    const owner = readOwner(path);
    if (owner?.pid === process.pid && owner.identity === identity) rmSync(path, { force: true });
  };
}

/** `takeLock` for those who come again: undefined while somebody holds it. */
export function tryLock(path: string): (() => void) | undefined {
  try {
    return takeLock(path);
  } catch (error) {
    if (error instanceof LockHeldError) return undefined;
    throw error;
  }
}

/** Throws LockHeldError when the owner lives, else takes the file away. */
function removeIfStale(path: string): void {
  const owner = readOwner(path);
  if (owner !== undefined && processIdentity(owner.pid) === owner.identity) throw new LockHeldError(path, owner.pid);
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readOwner(aside);
  if (moved !== undefined && processIdentity(moved.pid) === moved.identity) {
    // Somebody was faster and had already put a fresh lock there: it goes back.
    try {
      linkSync(aside, path);
    } finally {
      rmSync(aside, { force: true });
    }
    throw new LockHeldError(path, moved.pid);
  }
  rmSync(aside, { force: true });
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    return typeof owner.pid === 'number' && typeof owner.identity === 'string'
      ? { pid: owner.pid, identity: owner.identity }
      : undefined;
  } catch {
    return undefined;
  }
}
