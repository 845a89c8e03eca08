import type { Session } from '../database.ts';
import { partitionName } from '../partitions.ts';
import { attachAgain, dropDay, heldDays, type DroppedDays, type DropOptions } from './drop-day.ts';

/**
 * Drops the days of `events` that lie before `cutoff` or after `ahead` and hold nothing that was stored after `cutoff`: an old log that
 * was read today stays as long as a new one, and so do the events of a clock that was a year ahead. A run that is killed leaves nothing
 * that the next one does not find.
 *
 * @param span.cutoff ISO 8601
 * @param span.ahead ISO 8601; whatever is later cannot have happened yet, so that its own time says nothing of its age
 */
export async function dropDays(
  session: Session,
  { cutoff, ahead }: { cutoff: string; ahead: string },
  options: DropOptions = {},
): Promise<DroppedDays> {
  const dropped: DroppedDays = { droppedDays: [], postponedDays: [], alerts: 0 };
  for (const { day, attachment } of await heldDays(session)) {
    if (attachment === 'detaching') await attachAgain(session, day, dropped);
  }
  for (const held of await heldDays(session)) {
    options.signal?.throwIfAborted();
    const { day, attachment } = held;
    const isYoung = day >= cutoff.slice(0, 10) && day <= ahead.slice(0, 10);
    if (attachment === 'detaching') continue;
    const isFresh = () => holdsFresh(session, day, cutoff);
    if (!isYoung && !(await isFresh())) await dropDay(session, held, isFresh, dropped, options);
    // A run that was ended on the way has left it, and it is kept for longer since: its events could not be found.
    else if (attachment === 'detached') await attachAgain(session, day, dropped);
  }
  return dropped;
}

async function holdsFresh(session: Session, day: string, cutoff: string): Promise<boolean> {
  const found = await session.query(`select 1 from ${partitionName(day)} where stored_at >= $1 limit 1`, [cutoff]);
  return found.length > 0;
}
