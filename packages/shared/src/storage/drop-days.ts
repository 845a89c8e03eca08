import { retry } from '../lifecycle/retry.ts';
import type { Session } from './database.ts';
import { sqlState } from './database-errors.ts';
import { DELETE_ROWS_MAX, deleteSomeRows } from './delete-rows.ts';
import {
  attachDay,
  boundsOfDay,
  LOCK_TIMEOUT_MS,
  lockDay,
  partitionDay,
  partitionName,
  type Attachment,
} from './partitions.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Tries to find the moment for a day. What a busy gateway asks is soon over, and the next try meets other readers; whoever is in the way
 * of all tries stays for long.
 */
const TRIES_MAX = 5;
const RETRY_MS = 500;

export interface DroppedDays {
  /** Oldest first. */
  droppedDays: string[];
  /** Days that somebody used too long to wait for; the next run takes them up again. */
  postponedDays: string[];
  /** Rows of `alerts` that pointed into what was dropped. */
  alerts: number;
}

/**
 * Drops the days of `events` that lie before `cutoff` or after `ahead` and hold nothing that was stored after `cutoff`: an old log that
 * was read today stays as long as a new one, and so do the events of a clock that was a year ahead. A day is detached first, in a moment
 * in which nobody uses `events`; it is dropped with the alerts that point into it unless the dispatcher attaches it meanwhile. A run that
 * is killed leaves nothing that the next one does not find.
 *
 * Detaching concurrently would need no such moment. But while it waits for a reader, and for good if it is killed then, the day's lines
 * can be neither stored nor found, and no other day can be attached.
 *
 * @param span.cutoff ISO 8601
 * @param span.ahead ISO 8601; whatever is later cannot have happened yet, so that its own time says nothing of its age
 * @param signal ends it between two transactions
 */
export async function dropDays(
  session: Session,
  { cutoff, ahead }: { cutoff: string; ahead: string },
  signal?: AbortSignal,
): Promise<DroppedDays> {
  const dropped: DroppedDays = { droppedDays: [], postponedDays: [], alerts: 0 };
  for (const { day, attachment } of await heldDays(session)) {
    if (attachment === 'detaching') await unlessInUse(dropped, day, () => attach(session, day));
  }
  for (const { day, attachment } of await heldDays(session)) {
    signal?.throwIfAborted();
    const isYoung = day >= cutoff.slice(0, 10) && day <= ahead.slice(0, 10);
    if (isYoung || attachment === 'detaching') continue;
    if (await holdsFresh(session, day, cutoff)) {
      if (attachment === 'detached') await unlessInUse(dropped, day, () => attach(session, day));
    } else if (attachment === 'attached' && dropped.postponedDays.length > 0) {
      // Whoever blocks one day blocks them all; trying each would make everyone else wait each time.
      dropped.postponedDays.push(day);
    } else {
      await unlessInUse(dropped, day, async () => {
        if (await detachPatiently(session, day, cutoff, signal)) await drop(session, day, dropped, signal);
      });
    }
  }
  return dropped;
}

async function unlessInUse(dropped: DroppedDays, day: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    dropped.postponedDays.push(day);
  }
}

async function heldDays(session: Session): Promise<{ day: string; attachment: Attachment }[]> {
  const tables = await session.query<{ name: string; attachment: Attachment }>(
    `select c.relname as name,
       case when i.inhrelid is null then 'detached' when i.inhdetachpending then 'detaching' else 'attached' end as attachment
     from pg_class c left join pg_inherits i on i.inhrelid = c.oid
     where c.relkind = 'r' and c.relname ~ '^events_\\d{8}$' and pg_table_is_visible(c.oid)
     order by c.relname`,
  );
  return tables.flatMap(({ name, attachment }) => {
    const day = partitionDay(name);
    return day === undefined ? [] : [{ day, attachment }];
  });
}

async function holdsFresh(session: Session, day: string, cutoff: string): Promise<boolean> {
  const found = await session.query(`select 1 from ${partitionName(day)} where stored_at >= $1 limit 1`, [cutoff]);
  return found.length > 0;
}

function attach(session: Session, day: string): Promise<void> {
  return inTransaction(session, async () => {
    const attachment = await lockDay(session, day);
    if (attachment !== 'attached') await attachDay(session, day, attachment);
  });
}

function detachPatiently(
  session: Session,
  day: string,
  cutoff: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let tries = 0;
  const tryOnce = (): Promise<boolean> => {
    tries += 1;
    return detach(session, day, cutoff);
  };
  const isTransient = (error: unknown): boolean => sqlState(error) === LOCK_NOT_AVAILABLE && tries < TRIES_MAX;
  return retry(tryOnce, { delayMs: RETRY_MS, delayMaxMs: RETRY_MS, isTransient, ...(signal && { signal }) });
}

/** @returns whether it is detached now; not where something has been stored in it meanwhile that is fresh */
function detach(session: Session, day: string, cutoff: string): Promise<boolean> {
  const name = partitionName(day);
  return inTransaction(session, async () => {
    const attachment = await lockDay(session, day);
    if (attachment !== 'attached') return attachment === 'detached';
    // Nothing more is stored in it from here on. Its readers go on until the detach, which takes no time.
    await session.query(`lock table ${name} in share mode`);
    if (await holdsFresh(session, day, cutoff)) return false;
    await session.query(`alter table events detach partition ${name}`);
    return true;
  });
}

/** Drops a detached day and what points into it, unless the dispatcher attaches it meanwhile: lines have come for it. */
async function drop(session: Session, day: string, dropped: DroppedDays, signal?: AbortSignal): Promise<void> {
  const span = { column: 'event_timestamp', ...boundsOfDay(day) };
  for (;;) {
    signal?.throwIfAborted();
    const step = await inTransaction(session, async () => {
      if ((await lockDay(session, day)) !== 'detached') return undefined;
      // Who resumes from before them is told so by a gap frame.
      const untold = await deleteSomeRows(session, { table: 'outbox', ...span });
      const alerts = await deleteSomeRows(session, { table: 'alerts', ...span });
      const isLast = Math.max(untold, alerts) < DELETE_ROWS_MAX;
      if (isLast) await session.query(`drop table ${partitionName(day)}`);
      return { alerts, isLast };
    });
    dropped.alerts += step?.alerts ?? 0;
    if (step?.isLast === true) dropped.droppedDays.push(day);
    if (step?.isLast !== false) return;
  }
}

async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('begin');
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
