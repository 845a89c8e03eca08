import type { Session } from '../database.ts';
import { boundsOfDay, isoDayOf } from '../partitions.ts';
import {
  attachAgain,
  dropDay,
  heldDays,
  unlessInUse,
  type DroppedDays,
  type DropOptions,
  type HeldDay,
} from './drop-day.ts';
import { finishThinning, thinDay } from './thin-day.ts';

/** How long a day stays once it is over, for whoever has just been told of a flood to see what it was to cover. */
const STAYS_AFTER_MS = 6 * 60 * 60 * 1000;

/** What the days of `events` may take, and who must have been told of what is dropped for it. */
export interface SizeBound {
  bytesMax: number;
  /** Sinks with a cursor: no event goes before its alert has been published to each of them. */
  sinks: readonly string[];
}

export interface FittedDays extends DroppedDays {
  /** Days of which only the first events of each minute were kept; see `thinDay`. */
  thinnedDays: string[];
  /** Days that would have gone or been thinned, had all sinks taken their alerts, also those in which one was stored meanwhile. */
  untoldDays: string[];
  /** What the days take that are left. */
  bytes: number;
}

export interface FitOptions extends DropOptions {
  /** Told of each day once it is thinned, also where something fails later. */
  onThin?: ((thinned: ThinnedDay) => void) | undefined;
}

/** A day that was thinned, what it took and takes now, and how many events at least stayed of each minute. */
export interface ThinnedDay {
  day: string;
  bytesBefore: number;
  bytes: number;
  firstOfMinute: number;
}

/**
 * Makes the days of `events` take no more than they may. A day that alone takes more than half of that is a flood, and is thinned, so
 * that it does not cost the days before it. Otherwise the oldest days go, by their own time. The newest day up to the present stays, as
 * does the one before for some hours: nobody gets rid of the traces of what he has just done by making more of them. So do days that are
 * yet to come; some clock is wrong, and nobody knows how old they are. Where that is not enough, those that stay are thinned, the largest
 * first.
 *
 * @param nowMs by PostgreSQL's clock, epoch ms
 */
export async function fitDays(
  session: Session,
  bound: SizeBound,
  nowMs: number,
  options: FitOptions = {},
): Promise<FittedDays> {
  const { bytesMax, sinks } = bound;
  await finishThinning(session, options.signal);
  const days = await heldDays(session);
  const total = days.reduce((sum, { bytes }) => sum + bytes, 0);
  const result: FittedDays = {
    droppedDays: [],
    thinnedDays: [],
    postponedDays: [],
    untoldDays: [],
    alerts: 0,
    bytes: total,
  };
  const thinLargest = async (bytesMin: number): Promise<void> => {
    const left = days.filter(({ day, attachment, bytes }) => {
      const isMet = [...result.droppedDays, ...result.thinnedDays, ...result.untoldDays].includes(day);
      return attachment === 'attached' && bytes > bytesMin && !isMet;
    });
    for (const held of left.sort((one, other) => other.bytes - one.bytes)) {
      options.signal?.throwIfAborted();
      if (result.bytes <= bytesMax || result.postponedDays.length > 0) return;
      await thin(session, held, bound, result, options);
    }
  };
  await thinLargest(bytesMax / 2);
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
        // What waits for a sink is of other days.
        result.untoldDays = result.untoldDays.filter((day) => day !== held.day);
        continue;
      }
      if (!result.untoldDays.includes(held.day)) result.untoldDays.push(held.day);
    }
    // Left by a run that was ended on the way, before the bound was raised for instance: its events can be neither found nor told.
    if (held.attachment !== 'attached') await attachAgain(session, held.day, result);
  }
  await thinLargest(0);
  return result;
}

async function thin(
  session: Session,
  held: HeldDay,
  bound: SizeBound,
  result: FittedDays,
  { signal, onThin }: FitOptions,
): Promise<void> {
  const { day, bytes: bytesBefore } = held;
  await unlessInUse(result, day, async () => {
    const thinned = await thinDay(session, held, bound, signal);
    if (thinned.outcome === 'waits for a sink') result.untoldDays.push(day);
    if (thinned.outcome === 'in use') result.postponedDays.push(day);
    if (thinned.outcome !== 'thinned') return;
    const { bytes, firstOfMinute } = thinned;
    held.bytes = bytes;
    result.bytes += bytes - bytesBefore;
    result.thinnedDays.push(day);
    onThin?.({ day, bytesBefore, bytes, firstOfMinute });
    await finishThinning(session, signal);
  });
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
