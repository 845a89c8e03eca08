import { messageOf } from '../text/message-of.ts';

/**
 * SQLSTATE classes that say something about the data, not about the server: trying again cannot help.
 * 21 cardinality violation (one row named twice), 22 data exception, 23 integrity constraint violation, 54 program limit exceeded (a
 * value that no index row can hold).
 * Source: PostgreSQL documentation, appendix A.
 */
const DATA_ERROR_CLASSES = new Set(['21', '22', '23', '54']);

/** `check_violation` is also what a row gets whose partition retention has detached meanwhile: made or attached again, it fits. */
const CHECK_VIOLATION = '23514';

/** Data that we ourselves do not store, though PostgreSQL might. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** SQLSTATE of an error, wherever in its causes the driver put it; undefined where it never reached the server. */
export function sqlState(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/**
 * SQLSTATE classes of a server that answers and can do no more than that for now: 08 connection, 53 disk, memory or connections, 57 shut
 * down, starting, or a statement that it cancelled because it took too long. Source: as above.
 */
const AWAY_CLASSES = new Set(['08', '53', '57']);

/** A table that is not there: nobody has migrated yet. */
export const UNDEFINED_TABLE = '42P01';

/** `read_only_sql_transaction`: what a replica says to whoever writes. */
export const READ_ONLY = '25006';

/** PostgreSQL cannot answer for now: it is away, gives no answer, or says itself that it cannot. */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** Whether a statement failed because of where PostgreSQL is, and not because of what it says. */
export function isAway(error: unknown): boolean {
  const state = sqlState(error);
  // Without one PostgreSQL has refused nothing: the connection failed, unless it is the code that is wrong.
  if (state === undefined) return !(error instanceof TypeError);
  return AWAY_CLASSES.has(state.slice(0, 2)) || state === READ_ONLY;
}

/** `query_canceled`: by us alone, where it takes too long. */
const CANCELLED = '57014';

/** Whether a statement took so long that PostgreSQL was told to give it up. */
export function isTooSlow(error: unknown): boolean {
  return sqlState(error) === CANCELLED;
}

/** Whether the data itself is what PostgreSQL refuses. Everything else (connection, disk, locks, shutdown) passes with time. */
export function isDataError(error: unknown): boolean {
  if (error instanceof DataError) return true;
  const state = sqlState(error);
  return state !== undefined && state !== CHECK_VIOLATION && DATA_ERROR_CLASSES.has(state.slice(0, 2));
}
