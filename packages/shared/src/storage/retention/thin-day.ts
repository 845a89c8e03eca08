import type { Session } from '../database.ts';
import { attachDay, boundsOfDay, DAY_MS, lockDay, partitionDay, partitionName } from '../partitions.ts';
import type { HeldDay } from './drop-day.ts';
import { inTransaction, untilFree } from './locks.ts';
import { thinTallies } from './thin-tallies.ts';

const MINUTES_OF_DAY = DAY_MS / 60_000;

/** What an event takes at most, about: one whose line is as long as lines may be, of what nothing compresses. */
const EVENT_BYTES_MAX = 20_000;

/** Parts of the bound that a thinned day takes at most, were each event in it as large as events get: usually a tenth of that. */
const FIRST_SHARE = 1 / 4;
const NEWEST_SHARE = 1 / 10;

/** As many as are told within some seconds of a flood: a gateway that fills a hole and a sink that was told a moment ago find them. */
const NEWEST_MAX = 50_000;

/** Beyond so many alerts that wait for a sink, the day is left until it has taken them: all their events would have to be copied. */
const WAITING_MAX = 1_000_000;

/** Events copied, or alerts looked at, by one statement. */
const COPIED_MAX = 5_000;
const FORGOTTEN_MAX = 50_000;

/**
 * Longest wait, ms, for those who are using `events`, while whoever comes waits as well. In a flood somebody is always storing, and for
 * longer than `LOCK_TIMEOUT_MS`; without an end to it the disk would be full before any moment suits.
 */
const EXCHANGE_TIMEOUT_MS = 2_000;
const TRIES_MAX = 3;

/** Who has used `events` for so long, as a dump does, will for longer: a day would be copied each half a minute, for nothing. */
const LONG_USE_MS = 60_000;

/** Nobody waits for a lock that only hinders a vacuum. It is cancelled for it, after a second. */
const VACUUM_TIMEOUT_MS = 10_000;

/** What the copy of a day promises until it is attached. */
const OF_DAY = 'of_day';

/** How much stays of a day that is thinned. */
export interface ThinBound {
  /** What all days of `events` may take. */
  bytesMax: number;
  /** Sinks with a cursor: events whose alerts have not been published to each of them stay. */
  sinks: readonly string[];
  /** How long somebody may have used `events` already, ms. */
  longUseMs?: number;
}

/** `thinned` with what the day takes now; otherwise why it was not. */
export type Thinning =
  | { outcome: 'thinned'; bytes: number; firstOfMinute: number }
  | { outcome: 'waits for a sink' | 'little to gain' | 'in use' };

/** Events of each minute that stay where a day is thinned. */
export function firstOfMinute(bytesMax: number): number {
  return Math.max(1, Math.floor((bytesMax * FIRST_SHARE) / MINUTES_OF_DAY / EVENT_BYTES_MAX));
}

/**
 * Leaves of a day the first events of each minute, so that what was there before a flood outlasts it; what is not told yet or was just
 * now; and what somebody has reviewed. These are copied into a table of their own, which then takes the place of the day's: that costs
 * what little stays, and gives the disk back at once. Deleting the others row by row would cost a flood as much as storing it did, leave
 * it to vacuum what they had taken, and make nothing smaller. What pointed to the others is left to `finishThinning`.
 *
 * @param held a day that is attached, of which no earlier run has left anything (`finishThinning`)
 * @throws an error of SQLSTATE 55P03 where somebody has come to use `events` for too long meanwhile
 */
export async function thinDay(
  session: Session,
  held: HeldDay,
  { bytesMax, sinks, longUseMs = LONG_USE_MS }: ThinBound,
  signal?: AbortSignal,
): Promise<Thinning> {
  const first = firstOfMinute(bytesMax);
  const recent = await recentAlerts(session, sinks, Math.min(NEWEST_MAX, (bytesMax * NEWEST_SHARE) / EVENT_BYTES_MAX));
  if (recent.waiting > WAITING_MAX) return { outcome: 'waits for a sink' };
  const staying = MINUTES_OF_DAY * first + recent.count;
  if (!(await holdsMore(session, held.day, 2 * staying)))
    return { outcome: recent.waiting > MINUTES_OF_DAY * first ? 'waits for a sink' : 'little to gain' };
  if (await isUsedForLong(session, longUseMs)) return { outcome: 'in use' };

  const since = await reviewsSince(session);
  let copiedSeq = recent.after;
  const exchange = async (): Promise<void> => {
    copiedSeq = await copyAfter(session, held.day, copiedSeq, signal);
    await exchangeTables(session, held.day, { copiedSeq, since });
  };
  try {
    await copyFirst(session, held.day, first, signal);
    await untilFree(exchange, TRIES_MAX, signal);
  } catch (error) {
    await dropCopy(session, held.day).catch(() => undefined);
    throw error;
  }
  const [now] = await session.query<{ bytes: string }>('select pg_total_relation_size($1) as bytes', [
    partitionName(held.day),
  ]);
  return { outcome: 'thinned', bytes: Number(now!.bytes), firstOfMinute: first };
}

/** Removes what points to events that `thinDay` has left out, and takes up what runs have left that were ended on the way. */
export async function finishThinning(session: Session, signal?: AbortSignal): Promise<void> {
  const left = await session.query<{ name: string; isHeld: boolean }>(
    `select relname as name, to_regclass(left(relname, -8)) is not null as "isHeld" from pg_class
     where relkind = 'r' and relname ~ '^events_\\d{8}_(thinned|emptied)$' and pg_table_is_visible(oid)`,
  );
  for (const { name, isHeld } of left) {
    const day = partitionDay(name.slice(0, -'_thinned'.length));
    // Where the day itself has been dropped since, so has what pointed into it.
    if (day !== undefined && name === emptiedName(day) && isHeld) await finish(session, day, signal);
    else await session.query(`drop table ${name}`);
  }
}

/** No name that somebody gives to a copy of his own: what a killed run has left under it is dropped. */
function copyName(day: string): string {
  return `${partitionName(day)}_thinned`;
}

/** The table that a day had, empty: until it is dropped, something that pointed into it may be left. */
function emptiedName(day: string): string {
  return `${partitionName(day)}_emptied`;
}

async function dropCopy(session: Session, day: string): Promise<void> {
  await session.query(`drop table if exists ${copyName(day)}`);
}

/**
 * The newest alerts, and older ones that a sink has yet to take: those after `after`, which are `count`, and at least `waiting` of which
 * (none beyond `WAITING_MAX` are counted) wait for a sink.
 */
async function recentAlerts(
  session: Session,
  sinks: readonly string[],
  newest: number,
): Promise<{ after: number; count: number; waiting: number }> {
  const [row] = await session.query<{ after: string; count: string; waiting: string }>(
    `with told as (
       select coalesce(min(coalesce(published_seq, 0)), 0) as seq
       from unnest($1::text[]) as s (sink) left join relay_cursors using (sink)
     ), old as (
       select coalesce((select seq from alerts order by seq desc offset $2 limit 1), 0) as seq
     )
     select least(told.seq, old.seq) as after,
       (select count(*) from (select from alerts where seq > told.seq limit ${WAITING_MAX + 1}) a) as waiting,
       (select count(*) from (select from alerts where seq > least(told.seq, old.seq) limit ${WAITING_MAX + 1}) a) as count
     from told, old`,
    [sinks, Math.floor(newest)],
  );
  return { after: Number(row!.after), count: Number(row!.count), waiting: Number(row!.waiting) };
}

async function holdsMore(session: Session, day: string, events: number): Promise<boolean> {
  const found = await session.query(`select 1 from ${partitionName(day)} offset $1 limit 1`, [events]);
  return found.length > 0;
}

async function isUsedForLong(session: Session, longUseMs: number): Promise<boolean> {
  const found = await session.query(
    `select 1 from pg_locks l join pg_database d on d.oid = l.database join pg_stat_activity a using (pid)
     where d.datname = current_database() and l.relation = 'events'::regclass and l.granted and pid <> pg_backend_pid()
       and a.xact_start < now() - $1 * interval '1 millisecond' limit 1`,
    [longUseMs],
  );
  return found.length > 0;
}

/** From when on a review may be missed by a statement that begins later: it has the time at which its own began. */
async function reviewsSince(session: Session): Promise<string> {
  const [row] = await session.query<{ since: string }>(`select (now() - interval '1 minute')::text as since`);
  return row!.since;
}

/** Makes the copy of a day, with the first events of each of its minutes and those that were reviewed. */
async function copyFirst(session: Session, day: string, first: number, signal: AbortSignal | undefined): Promise<void> {
  const [name, copy] = [partitionName(day), copyName(day)];
  const { from, to } = boundsOfDay(day);
  // Attaching it would otherwise read all of it once more, while everybody waits.
  const ofDay = `constraint ${OF_DAY} check (timestamp >= '${from}' and timestamp < '${to}')`;
  await session.query(`create table ${copy} (like events including all, ${ofDay})`);
  for (let hourMs = Date.parse(from); hourMs < Date.parse(to); hourMs += 3_600_000) {
    signal?.throwIfAborted();
    await session.query(
      `insert into ${copy}
       select e.* from generate_series($1::timestamptz, $1::timestamptz + interval '59 minutes', interval '1 minute') as minute
       cross join lateral (
         select * from ${name} where timestamp >= minute and timestamp < minute + interval '1 minute'
         order by timestamp, id limit ${first}
       ) e`,
      [new Date(hourMs).toISOString()],
    );
  }
  await copyReviewed(session, day, '-infinity');
  await session.query(`analyze ${copy}`);
}

/** @param since time of PostgreSQL's, as text: reviews of before need not be looked at */
async function copyReviewed(session: Session, day: string, since: string): Promise<void> {
  await session.query(
    `insert into ${copyName(day)}
     select e.* from reviews r cross join lateral (select * from ${partitionName(day)} where id = r.event_id offset 0) e
     where r.reviewed_at >= $1
     on conflict do nothing`,
    [since],
  );
}

/** Statement that copies the events of `told`, a relation of ids and times, as far as they are of the day. */
function copySql(day: string, told: string): string {
  const { from, to } = boundsOfDay(day);
  return `insert into ${copyName(day)}
    select e.* from ${told} a cross join lateral (
      select * from ${partitionName(day)} e where e.id = a.event_id and e.timestamp = a.event_timestamp offset 0
    ) e
    where a.event_timestamp >= '${from}' and a.event_timestamp < '${to}'
    on conflict do nothing`;
}

/** Copies the events of the alerts after a `seq`, until few are left that came meanwhile, and returns the last `seq` that it met. */
async function copyAfter(
  session: Session,
  day: string,
  after: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    const [row] = await session.query<{ seq: string | null; n: string }>(
      `with told as materialized (
         select seq, event_id, event_timestamp from alerts where seq > $1 order by seq limit ${COPIED_MAX}
       ), copied as (${copySql(day, 'told')})
       select max(seq) as seq, count(*) as n from told`,
      [after],
    );
    after = Number(row!.seq ?? after);
    if (Number(row!.n) < COPIED_MAX) return after;
  }
}

/** Puts the copy of a day into its place, with all that has come since it was made, in a moment in which nobody uses `events`. */
function exchangeTables(
  session: Session,
  day: string,
  { copiedSeq, since }: { copiedSeq: number; since: string },
): Promise<void> {
  const name = partitionName(day);
  return inTransaction(session, async () => {
    if ((await lockDay(session, day)) !== 'attached') throw new Error(`${name} is not attached to events any more`);
    await session.query(`set local lock_timeout = ${VACUUM_TIMEOUT_MS}`);
    await session.query(`lock table ${name} in share update exclusive mode`);
    // First, as whoever stores takes it first: to be waited for by someone who holds it would end in a circle.
    await session.query(`set local lock_timeout = ${EXCHANGE_TIMEOUT_MS}`);
    // By itself: all who use a day take it by `events`, but for a vacuum, which may be long at any of the others.
    await session.query(`lock table only events in access exclusive mode`);
    // One statement: the relay moves alerts from one to the other meanwhile.
    const told = `(
      select event_id, event_timestamp from outbox
      union all select event_id, event_timestamp from alerts where seq > $1
    )`;
    await session.query(copySql(day, told), [copiedSeq]);
    await copyReviewed(session, day, since);
    await session.query(`alter table events detach partition ${name}`);
    await session.query(`truncate ${name}`);
    await session.query(`alter table ${name} rename to ${emptiedName(day)}`);
    await session.query(`alter table ${copyName(day)} rename to ${name}`);
    await attachDay(session, day, 'detached');
    await session.query(`alter table ${name} drop constraint ${OF_DAY}`);
  });
}

/** Removes what points to the events that went, alerts and small tallies, and at last the empty table. */
async function finish(session: Session, day: string, signal: AbortSignal | undefined): Promise<void> {
  const { from, to } = boundsOfDay(day);
  for (let after = 0, isLast = false; !isLast;) {
    signal?.throwIfAborted();
    // Who resumes from before them is told so by a gap frame.
    const [row] = await session.query<{ seq: string | null; n: string }>(
      `with met as materialized (
         select seq, event_id, event_timestamp from alerts where seq > $1 order by seq limit ${FORGOTTEN_MAX}
       ), forgotten as (
         delete from alerts where seq = any (array(
           select seq from met where event_timestamp >= $2 and event_timestamp < $3 and not exists (
             select from ${partitionName(day)} e where e.id = event_id and e.timestamp = event_timestamp
           )
         ))
       )
       select max(seq) as seq, count(*) as n from met`,
      [after, from, to],
    );
    after = Number(row!.seq ?? after);
    isLast = Number(row!.n) < FORGOTTEN_MAX;
  }
  await thinTallies(session, day, signal);
  await session.query(`drop table if exists ${emptiedName(day)}`);
}
