import type { Session } from './database.ts';
import { attachAgain, dropDay, heldDays, type DroppedDays, type DropOptions } from './drop-day.ts';
import { boundsOfDay, isoDayOf } from './partitions.ts';

/** How long a day stays once it is over, for whoever has just been told of a flood to see what it was to cover. */
const STAYS_AFTER_MS = 6 * 60 * 60 * 1000;

/** What the days of `events` may take, and who must have been told of what is dropped for it. */
export interface SizeBound {
  bytesMax: number;
  /** Sinks with a cursor: no event goes before its alert has been published to each of them. */
  sinks: readonly string[];
}

export interface FittedDays extends DroppedDays {
  /** Days that would have gone, had all sinks taken their alerts, also those in which one was stored meanwhile. */
  untoldDays: string[];
  /** What the days take that are left. */
  bytes: number;
}

/**
 * Drops the oldest days of `events`, by their own time, until the rest takes no more than it may. The newest day up to the present stays
 * whatever it takes, as does the one before for some hours: nobody gets rid of the traces of what he has just done by making more of them.
 * So do days that are yet to come; some clock is wrong, and nobody knows how old they are.
 *
 * @param nowMs by PostgreSQL's clock, epoch ms
 */
export async function fitDays(
  session: Session,
  { bytesMax, sinks }: SizeBound,
  nowMs: number,
  options: DropOptions = {},
): Promise<FittedDays> {
  const days = await heldDays(session);
  const total = days.reduce((sum, { bytes }) => sum + bytes, 0);
  const result: FittedDays = { droppedDays: [], postponedDays: [], untoldDays: [], alerts: 0, bytes: total };
  const past = days.filter(({ day }) => day <= isoDayOf(nowMs)).slice(0, -1);
  const mayGo = new Set(past.filter(({ day }) => day < isoDayOf(nowMs - STAYS_AFTER_MS)));
  for (const held of days) {
    options.signal?.throwIfAborted();
    if (result.postponedDays.length > 0) break;
    if (result.bytes > bytesMax && mayGo.has(held) && held.attachment !== 'detaching') {
      const isUntold = () => holdsUntold(session, held.day, sinks);
      if (!(await isUntold())) await dropDay(session, held, isUntold, result, options);
      if (result.postponedDays.length > 0) break;
      if (result.droppedDays.at(-1) === held.day) {
        result.bytes -= held.bytes;
        continue;
      }
      result.untoldDays.push(held.day);
    }
    // Left by a run that was ended on the way, before the bound was raised for instance: its events can be neither found nor told.
    if (held.attachment !== 'attached') await attachAgain(session, held.day, result);
  }
  return result;
}

/** Whether a day has events that were given no `seq` yet, or alerts beyond what one of the sinks has taken. */
async function holdsUntold(session: Session, day: string, sinks: readonly string[]): Promise<boolean> {
  const { from, to } = boundsOfDay(day);
  // By `seq`: few alerts are untold, and all others would be read otherwise, while whoever stores in the day waits.
  const found = await session.query(
    `(select 1 from outbox where event_timestamp >= $1 and event_timestamp < $2 limit 1)
     union all
     (select 1 from alerts
      where event_timestamp >= $1 and event_timestamp < $2 and seq > (
        select min(coalesce(published_seq, 0)) from unnest($3::text[]) as told (sink) left join relay_cursors using (sink)
      )
      order by seq limit 1)`,
    [from, to, sinks],
  );
  return found.length > 0;
}
