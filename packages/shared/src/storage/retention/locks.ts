import { retry } from '../../lifecycle/retry.ts';
import type { Session } from '../database.ts';
import { sqlState } from '../database-errors.ts';
import { LOCK_TIMEOUT_MS } from '../partitions.ts';

/** SQLSTATE of a lock that was waited for as long as was allowed. */
const LOCK_NOT_AVAILABLE = '55P03';

const RETRY_MS = 500;

/** Whether a lock was not had within the time that was allowed for it: somebody uses what it is for. */
export function isInUse(error: unknown): boolean {
  return sqlState(error) === LOCK_NOT_AVAILABLE;
}

/**
 * Runs `work` again, half a second later, while it meets somebody who uses what it needs for itself, and at most `triesMax` times in all:
 * what a busy gateway asks is soon over, and the next try meets other readers.
 */
export function untilFree<T>(work: () => Promise<T>, triesMax: number, signal: AbortSignal | undefined): Promise<T> {
  let tries = 0;
  const isTransient = (error: unknown): boolean => isInUse(error) && (tries += 1) < triesMax;
  return retry(work, { delayMs: RETRY_MS, delayMaxMs: RETRY_MS, isTransient, ...(signal && { signal }) });
}

/**
 * Runs `work` in a transaction of the session whose locks are waited for as `LOCK_TIMEOUT_MS` says. Its statements see what was committed
 * before each of them, whatever the database has for a default: what is stored before a lock is had must be seen under it.
 */
export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('begin isolation level read committed');
  try {
    await session.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const result = await work();
    await session.query('commit');
    return result;
  } catch (error) {
    // Where the connection is gone, so is the transaction.
    await session.query('rollback').catch(() => undefined);
    throw error;
  }
}
