import type { Database, Session } from '../database.ts';
import { DAY_MS } from '../partitions.ts';
import { deleteRows } from './delete-rows.ts';
import type { DropOptions } from './drop-day.ts';
import { dropDays } from './drop-days.ts';
import { fitDays, type FitOptions, type FittedDays, type SizeBound } from './fit-days.ts';
import { finishThinning } from './thin-day.ts';

/** Any number that no other part of Vigil locks. */
const RETENTION_LOCK = 7_412_003;

const EVENT_MS_MIN = -DAY_MS;

/** Logs whose zone is not known, or whose clock is a little wrong, have times of tomorrow. */
const AHEAD_MAX_MS = 2 * DAY_MS;

/** Where two clocks are further apart, one of them is wrong, and nobody knows which. */
const CLOCKS_APART_MAX_MS = 60 * 60 * 1000;

/**
 * Lines by the minute are asked for over a day at most, those by the hour beyond it. There are as many of them in a minute as there are
 * sources: a hundred would write a hundred million in the days that other tallies are kept.
 */
const LINE_MINUTES_DAYS_MAX = 3;

export interface RetentionPolicy {
  /**
   * Days that events and their alerts are kept, counted from the later of their own time and the time of storing; from the latter where
   * the former is yet to come.
   */
  eventsDays: number;
  /** Days that tallies are kept; of lines those by the hour. */
  talliesDays: number;
  /** Days within which a batch that comes again is recognised. */
  batchesDays: number;
}

export const DEFAULT_RETENTION: RetentionPolicy = { eventsDays: 90, talliesDays: 400, batchesDays: 30 };

export interface RetentionReport {
  /** Days whose partitions were dropped, oldest first. */
  droppedDays: string[];
  /** Days that should have been and were in use; the next run takes them up again. */
  postponedDays: string[];
  deletedRows: Record<string, number>;
}

/**
 * Drops what is older than the policy keeps, while writers and readers go on. One process at a time does it, and another that comes
 * meanwhile does nothing (undefined). Ages are told by PostgreSQL's clock, which also gave the times of storing.
 *
 * @param options.clockMs what this process takes for the present, epoch ms
 * @param options.doubtedMs by how much both clocks may be ahead: nothing is dropped that is not too old without it
 * @param options.signal ends it between two portions; what was dropped stays so
 * @param options.onDrop told of each day once it is gone
 * @throws Error where the clock is more than an hour from what PostgreSQL does: a wrong clock must not drop everything
 */
export async function applyRetention(
  database: Database,
  policy: RetentionPolicy,
  { clockMs = Date.now(), doubtedMs = 0, ...options }: { clockMs?: number; doubtedMs?: number } & DropOptions = {},
): Promise<RetentionReport | undefined> {
  return alone(database, async (session) =>
    apply(session, policy, (await agreedNow(session, clockMs)) - doubtedMs, options),
  );
}

/**
 * Thins or drops days of events where all together take more than they may (`fitDays`), while writers and readers go on. Tallies stay
 * for as long as the policy keeps them, of addresses and paths the largest. One process at a time does it; another that comes meanwhile
 * does nothing (undefined).
 */
export async function applySizeBound(
  database: Database,
  bound: SizeBound,
  options: FitOptions = {},
): Promise<FittedDays | undefined> {
  return alone(database, async (session) => fitDays(session, bound, await databaseNow(session), options));
}

async function alone<T>(database: Database, work: (session: Session) => Promise<T>): Promise<T | undefined> {
  const locked = async (session: Session): Promise<T | undefined> => {
    const [lock] = await session.query<{ ok: boolean }>(`select pg_try_advisory_lock($1) as ok`, [RETENTION_LOCK]);
    if (lock?.ok !== true) return undefined;
    try {
      return await work(session);
    } finally {
      await session.query(`select pg_advisory_unlock($1)`, [RETENTION_LOCK]);
    }
  };
  // Whether a day holds anything fresh is read out of all of it, and nobody waits for the answer.
  return database.session(locked, { answerMaxMs: 0 });
}

/**
 * When lines were scored first within the last day, or now where none were, and when last before that, epoch ms; undefined where none were
 * ever. Told by the hour, out of an index: batches, which have the minute, are many millions.
 */
export async function lastBreak(
  database: Pick<Database, 'query'>,
): Promise<{ beforeMs: number; againMs: number } | undefined> {
  const [row] = await database.query<{ before: string | null; again: string }>(`
    with recent as (
      select coalesce(min(bucket), now()) as again from line_hour_tallies
      where bucket > now() - interval '1 day' and bucket <= now()
    )
    select extract(epoch from again) * 1000 as again,
      (select extract(epoch from max(bucket)) * 1000 from line_hour_tallies where bucket < again) as before
    from recent`);
  return row?.before == null ? undefined : { beforeMs: Number(row.before), againMs: Number(row.again) };
}

/** The present by PostgreSQL's clock, epoch ms. */
async function databaseNow(session: Session): Promise<number> {
  const [row] = await session.query<{ ms: string }>(`select extract(epoch from clock_timestamp()) * 1000 as ms`);
  return Number(row!.ms);
}

async function agreedNow(session: Session, clockMs: number): Promise<number> {
  const databaseMs = await databaseNow(session);
  const apartMs = Math.abs(clockMs - databaseMs);
  if (apartMs <= CLOCKS_APART_MAX_MS) return databaseMs;
  throw new Error(
    `the clocks of this machine and of PostgreSQL are ${Math.round(apartMs / 60_000)} minutes apart, so nothing was dropped: set both right`,
  );
}

async function apply(
  session: Session,
  policy: RetentionPolicy,
  nowMs: number,
  options: DropOptions,
): Promise<RetentionReport> {
  // No event is older, and no date that is much older can be written.
  const before = (days: number) => new Date(Math.max(EVENT_MS_MIN, nowMs - days * DAY_MS)).toISOString();
  const deleteBefore = (table: string, column: string, days: number) =>
    deleteRows(session, { table, column, to: before(days) }, options.signal);
  // Where all may take any size again since one was thinned, nobody else takes up what is left of it.
  await finishThinning(session, options.signal);
  const span = { cutoff: before(policy.eventsDays), ahead: new Date(nowMs + AHEAD_MAX_MS).toISOString() };
  const { droppedDays, postponedDays, alerts } = await dropDays(session, span, options);
  return {
    droppedDays,
    postponedDays,
    deletedRows: {
      alerts,
      reviews: await deleteBefore('reviews', 'reviewed_at', policy.talliesDays),
      batches: await deleteBefore('batches', 'stored_at', policy.batchesDays),
      line_tallies: await deleteBefore('line_tallies', 'bucket', Math.min(LINE_MINUTES_DAYS_MAX, policy.talliesDays)),
      line_hour_tallies: await deleteBefore('line_hour_tallies', 'bucket', policy.talliesDays),
      threat_tallies: await deleteBefore('threat_tallies', 'bucket', policy.talliesDays),
      threat_hour_tallies: await deleteBefore('threat_hour_tallies', 'bucket', policy.talliesDays),
      source_tallies: await deleteBefore('source_tallies', 'bucket', policy.talliesDays),
      path_tallies: await deleteBefore('path_tallies', 'bucket', policy.talliesDays),
    },
  };
}
