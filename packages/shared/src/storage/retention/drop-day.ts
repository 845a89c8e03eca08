import type { Session } from '../database.ts';
import { attachDay, boundsOfDay, lockDay, partitionDay, partitionName, type Attachment } from '../partitions.ts';
import { DELETE_ROWS_MAX, deleteSomeRows } from './delete-rows.ts';
import { inTransaction, isInUse, untilFree } from './locks.ts';
import { thinTallies } from './thin-tallies.ts';

/** Tries to find the moment for a day: whoever is in the way of all of them stays for long. */
const TRIES_MAX = 5;

export interface DroppedDays {
  /** Oldest first. */
  droppedDays: string[];
  /** Days that somebody used too long to wait for; the next run takes them up again. */
  postponedDays: string[];
  /** Rows of `alerts` that pointed into what was dropped. */
  alerts: number;
}

/** A day that was dropped, what it took, and how many rows of `alerts` pointed into it. */
export interface DroppedDay {
  day: string;
  bytes: number;
  alerts: number;
}

export interface DropOptions {
  /** Ends it between two transactions. */
  signal?: AbortSignal | undefined;
  /** Told of each day once it is gone, also where something fails later. */
  onDrop?: ((dropped: DroppedDay) => void) | undefined;
}

/** A day that has a table, and what that takes on PostgreSQL's disk with its indexes and long values. */
export interface HeldDay {
  day: string;
  attachment: Attachment;
  bytes: number;
}

/** All days that have a table, oldest first; those that are not attached as well. */
export async function heldDays(session: Session): Promise<HeldDay[]> {
  // One that is dropped meanwhile has no size.
  const tables = await session.query<{ name: string; attachment: Attachment; bytes: string | null }>(
    `select c.relname as name, pg_total_relation_size(c.oid) as bytes,
       case when i.inhrelid is null then 'detached' when i.inhdetachpending then 'detaching' else 'attached' end as attachment
     from pg_class c left join pg_inherits i on i.inhrelid = c.oid
     where c.relkind = 'r' and c.relname ~ '^events_\\d{8}$' and pg_table_is_visible(c.oid)
     order by c.relname`,
  );
  return tables.flatMap(({ name, attachment, bytes }) => {
    const day = partitionDay(name);
    return day === undefined ? [] : [{ day, attachment, bytes: Number(bytes) }];
  });
}

/** Attaches a day again that is not, or postpones it. */
export function attachAgain(session: Session, day: string, dropped: DroppedDays): Promise<void> {
  return unlessInUse(dropped, day, () =>
    inTransaction(session, async () => {
      const attachment = await lockDay(session, day);
      if (attachment !== 'attached') await attachDay(session, day, attachment);
    }),
  );
}

/**
 * Drops a day that is not detaching, with the alerts that point into it and the small tallies of addresses and paths, or postpones it. It
 * is detached first, in a moment in which nobody uses `events`, and dropped unless the dispatcher attaches it meanwhile.
 *
 * Detaching concurrently would need no such moment. But while it waits for a reader, and for good if it is killed then, the day's lines
 * can be neither stored nor found, and no other day can be attached.
 *
 * @param isWanted asked again once nothing more can be stored in the day: then it stays
 */
export async function dropDay(
  session: Session,
  held: HeldDay,
  isWanted: () => Promise<boolean>,
  dropped: DroppedDays,
  options: DropOptions = {},
): Promise<void> {
  const { day, attachment } = held;
  // Whoever blocks one day blocks them all; trying each would make everyone else wait each time.
  if (attachment === 'attached' && dropped.postponedDays.length > 0) {
    dropped.postponedDays.push(day);
    return;
  }
  await unlessInUse(dropped, day, async () => {
    const isDetached = await untilFree(() => detach(session, day, isWanted), TRIES_MAX, options.signal);
    if (isDetached) await drop(session, held, dropped, options);
  });
}

/** Postpones a day where `work` met somebody who uses it. */
export async function unlessInUse(dropped: DroppedDays, day: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isInUse(error)) throw error;
    dropped.postponedDays.push(day);
  }
}

/** @returns whether it is detached now; not where something has been stored in it meanwhile for which it is wanted */
function detach(session: Session, day: string, isWanted: () => Promise<boolean>): Promise<boolean> {
  const name = partitionName(day);
  return inTransaction(session, async () => {
    const attachment = await lockDay(session, day);
    if (attachment !== 'attached') return attachment === 'detached';
    // Nothing more is stored in it from here on. Its readers go on until the detach, which takes no time.
    await session.query(`lock table ${name} in share mode`);
    if (await isWanted()) return false;
    await session.query(`alter table events detach partition ${name}`);
    return true;
  });
}

/** Drops a detached day and what points into it, unless the dispatcher attaches it meanwhile: lines have come for it. */
async function drop(
  session: Session,
  { day, bytes }: HeldDay,
  dropped: DroppedDays,
  { signal, onDrop }: DropOptions,
): Promise<void> {
  const span = { column: 'event_timestamp', ...boundsOfDay(day) };
  let alerts = 0;
  // First, so that a run that is killed is followed by one that finds the day, and does it.
  await thinTallies(session, day, signal);
  for (;;) {
    signal?.throwIfAborted();
    const step = await inTransaction(session, async () => {
      if ((await lockDay(session, day)) !== 'detached') return undefined;
      // Who resumes from before them is told so by a gap frame.
      const untold = await deleteSomeRows(session, { table: 'outbox', ...span });
      const told = await deleteSomeRows(session, { table: 'alerts', ...span });
      const isLast = Math.max(untold, told) < DELETE_ROWS_MAX;
      if (isLast) await session.query(`drop table ${partitionName(day)}`);
      return { told, isLast };
    });
    alerts += step?.told ?? 0;
    dropped.alerts += step?.told ?? 0;
    if (step?.isLast === true) {
      dropped.droppedDays.push(day);
      onDrop?.({ day, bytes, alerts });
    }
    if (step?.isLast !== false) return;
  }
}
