import type { Database, Session } from './database.ts';
import { partitionDay } from './partitions.ts';

/** Any number that no other part of Vigil locks. */
const RETENTION_LOCK = 7_412_003;

/** Rows deleted at once: short transactions keep out of everybody's way. */
const DELETE_ROWS_MAX = 10_000;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Where two clocks are further apart, one of them is wrong, and nobody knows which. */
const CLOCKS_APART_MAX_MS = 60 * 60 * 1000;

export interface RetentionPolicy {
  /** Days that events and their alerts are kept, counted from the later of their own time and the time of storing. */
  eventsDays: number;
  /** Days that tallies are kept. */
  talliesDays: number;
  /** Days within which a batch that comes again is recognised. */
  batchesDays: number;
}

export const DEFAULT_RETENTION: RetentionPolicy = { eventsDays: 90, talliesDays: 400, batchesDays: 30 };

export interface RetentionReport {
  /** Days whose partitions were dropped, oldest first. */
  droppedDays: string[];
  deletedRows: Record<string, number>;
}

/**
 * Drops what is older than the policy keeps. Partitions are detached concurrently, so writers and readers go on meanwhile; one
 * process at a time does it, and another that comes meanwhile does nothing (undefined). Ages are told by PostgreSQL's clock, which also
 * gave the times of storing.
 *
 * @param clockMs what this process takes for the present, epoch ms
 * @throws Error where that is more than an hour from what PostgreSQL does: a wrong clock must not drop everything
 */
export async function applyRetention(
  database: Database,
  policy: RetentionPolicy,
  clockMs = Date.now(),
): Promise<RetentionReport | undefined> {
  return database.session(async (session) => {
    const locked = await session.query<{ ok: boolean }>(`select pg_try_advisory_lock($1) as ok`, [RETENTION_LOCK]);
    if (locked[0]?.ok !== true) return undefined;
    try {
      return await apply(session, policy, await agreedNow(session, clockMs));
    } finally {
      await session.query(`select pg_advisory_unlock($1)`, [RETENTION_LOCK]);
    }
  });
}

async function agreedNow(session: Session, clockMs: number): Promise<number> {
  const [row] = await session.query<{ ms: string }>(`select extract(epoch from clock_timestamp()) * 1000 as ms`);
  const databaseMs = Number(row!.ms);
  const apartMs = Math.abs(clockMs - databaseMs);
  if (apartMs <= CLOCKS_APART_MAX_MS) return databaseMs;
  throw new Error(
    `the clocks of this machine and of PostgreSQL are ${Math.round(apartMs / 60_000)} minutes apart, so nothing was dropped: set both right`,
  );
}

async function apply(session: Session, policy: RetentionPolicy, nowMs: number): Promise<RetentionReport> {
  const before = (days: number) => new Date(nowMs - days * DAY_MS).toISOString();
  const { droppedDays, alerts } = await dropPartitions(session, before(policy.eventsDays));
  await dropDetached(session, before(policy.eventsDays));
  return {
    droppedDays,
    deletedRows: {
      alerts,
      reviews: await deleteRows(session, 'reviews', 'reviewed_at', before(policy.talliesDays)),
      batches: await deleteRows(session, 'batches', 'stored_at', before(policy.batchesDays)),
      line_tallies: await deleteRows(session, 'line_tallies', 'bucket', before(policy.talliesDays)),
      line_hour_tallies: await deleteRows(session, 'line_hour_tallies', 'bucket', before(policy.talliesDays)),
      threat_tallies: await deleteRows(session, 'threat_tallies', 'bucket', before(policy.talliesDays)),
      threat_hour_tallies: await deleteRows(session, 'threat_hour_tallies', 'bucket', before(policy.talliesDays)),
      source_tallies: await deleteRows(session, 'source_tallies', 'bucket', before(policy.talliesDays)),
      path_tallies: await deleteRows(session, 'path_tallies', 'bucket', before(policy.talliesDays)),
    },
  };
}

/**
 * Drops the days that lie before `cutoff` and hold nothing that was stored after it: an old log that was read today stays as long as
 * a new one.
 */
async function dropPartitions(session: Session, cutoff: string): Promise<{ droppedDays: string[]; alerts: number }> {
  const partitions = await session.query<{ name: string; pending: boolean }>(
    `select c.relname as name, i.inhdetachpending as pending
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'events'::regclass order by c.relname`,
  );
  const droppedDays: string[] = [];
  let alerts = 0;
  for (const { name, pending } of partitions) {
    const day = partitionDay(name);
    if (day === undefined || day >= cutoff.slice(0, 10)) continue;
    const fresh = await session.query(`select 1 from ${name} where stored_at >= $1 limit 1`, [cutoff]);
    if (fresh.length > 0) continue;
    const nextDay = new Date(Date.parse(day) + DAY_MS).toISOString();
    // Alerts point into the partition; who resumes from before them is told so by a gap frame.
    await deleteRows(session, 'outbox', 'event_timestamp', nextDay, day);
    alerts += await deleteRows(session, 'alerts', 'event_timestamp', nextDay, day);
    // A run that was killed halfway left a detach to be finished.
    await session.query(`alter table events detach partition ${name} ${pending ? 'finalize' : 'concurrently'}`);
    await session.query(`drop table ${name}`);
    droppedDays.push(day);
  }
  return { droppedDays, alerts };
}

/** Drops what a run that was killed had detached and not dropped yet. */
async function dropDetached(session: Session, cutoff: string): Promise<void> {
  const tables = await session.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relkind = 'r' and c.relname ~ '^events_\\d{8}$' and pg_table_is_visible(c.oid)
       and not exists (select from pg_inherits where inhrelid = c.oid)`,
  );
  for (const { name } of tables) {
    const day = partitionDay(name);
    if (day === undefined || day >= cutoff.slice(0, 10)) continue;
    // The dispatcher takes the same lock to attach a day that lines have come for again; then it stays.
    await session.query(`do $$ begin
      perform pg_advisory_xact_lock(hashtext('${name}'));
      if not exists (select from pg_inherits where inhrelid = to_regclass('${name}')) then drop table if exists ${name}; end if;
    end $$`);
  }
}

async function deleteRows(
  session: Session,
  table: string,
  column: string,
  before: string,
  from = '-infinity',
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const rows = await session.query<{ n: string }>(
      `with gone as (
         delete from ${table} where ctid = any (array(
           select ctid from ${table} where ${column} >= $1 and ${column} < $2 limit ${DELETE_ROWS_MAX}
         ))
         returning 1
       ) select count(*) as n from gone`,
      [from, before],
    );
    const n = Number(rows[0]?.n ?? 0);
    deleted += n;
    if (n < DELETE_ROWS_MAX) return deleted;
  }
}
