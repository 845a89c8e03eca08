import { randomUUID } from 'node:crypto';
import { testServices } from '@vigil/dev-services/test-services';
import { IsolationLevel } from '@mikro-orm/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { migrate, openDatabase, type Database, type EntityManager } from '../database.ts';
import { partitionName } from '../partitions.ts';
import { DELETE_ROWS_MAX } from './delete-rows.ts';
import { dropDays } from './drop-days.ts';
import { applyRetention, DEFAULT_RETENTION, lastBreak } from './retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();

const timeAgo = (days: number): string => new Date(NOW_MS - days * DAY_MS).toISOString();
const dayAgo = (days: number): string => timeAgo(days).slice(0, 10);

let database: Database;
let postgresUrl: string;
beforeAll(async () => {
  ({ postgresUrl } = await testServices(['postgres']));
  database = await openDatabase(postgresUrl);
  await migrate(database);
});
afterAll(() => database.close());
afterEach(async () => {
  // Days, the detached ones too, and rows that would be old to the next test as well.
  const left = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = current_schema() and tablename ~ '^events_[0-9]'`,
  );
  for (const { name } of left) await database.query(`drop table ${name}`);
  await database.query('truncate alerts, batches, outbox');
});

async function partitions(): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'events'::regclass order by 1`,
  );
  return rows.map((row) => row.name);
}

/** Makes the partition of a day that lies so many days back and returns the day. */
async function makeDay(daysAgo: number): Promise<string> {
  const day = dayAgo(daysAgo);
  await database.query(
    `create table ${partitionName(day)} partition of events
     for values from ('${day}T00:00:00Z') to ('${dayAgo(daysAgo - 1)}T00:00:00Z')`,
  );
  return day;
}

async function storeEvent(day: string, storedAt: string, em?: EntityManager): Promise<void> {
  await database.query(
    `insert into events (id, timestamp, stored_at, source, position, source_ip, method, path, query, status, bytes, referer,
       user_agent, host, score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
     values (gen_random_uuid(), $1, $2, '', 0, '', '', '', '', 0, 0, '', '', '', 1, 'HIGH', '{}', '{}', '{}', '[]', '', '')`,
    [`${day}T00:00:00Z`, storedAt],
    em,
  );
}

/** Leaves a day as a process does that is killed while it detaches it concurrently and waits for a reader. */
async function breakOffDetach(day: string): Promise<void> {
  const name = partitionName(day);
  const reader = database.fork();
  await reader.begin();
  await database.query(`select count(*) from events`, [], reader);
  const broken = database.query(`alter table events detach partition ${name} concurrently`).catch((error) => error);
  await vi.waitFor(async () => expect(await attachmentOf(day)).toBe('detaching'), { timeout: 30_000 });
  await database.query(
    `select pg_cancel_backend(pid) from pg_stat_activity
     where datname = current_database() and query like '%concurrently' and pid <> pg_backend_pid()`,
  );
  expect(String(await broken)).toContain('canceling');
  await reader.commit();
}

async function attachmentOf(day: string): Promise<string> {
  const [row] = await database.query<{ detaching: boolean }>(
    `select inhdetachpending as detaching from pg_inherits where inhrelid = to_regclass($1)`,
    [partitionName(day)],
  );
  return row === undefined ? 'detached' : row.detaching ? 'detaching' : 'attached';
}

async function eventsOf(day: string): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `select count(*)::int as n from events where timestamp = $1::timestamptz`,
    [`${day}T00:00:00Z`],
  );
  return row!.n;
}

it('takes up what a thinning has left that was ended on the way, where no bound by size does', async () => {
  const table = partitionName(await makeDay(5));
  await database.query(`create table ${table}_thinned (like events)`);
  await database.query(`create table ${table}_emptied (like events)`);
  await applyRetention(database, DEFAULT_RETENTION);
  const left = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = current_schema() and tablename ~ $1`,
    [table],
  );
  expect(left).toEqual([{ name: table }]);
});

describe('the last break', () => {
  const score = (...days: number[]): Promise<unknown> =>
    database.query(`insert into line_hour_tallies select unnest($1::timestamptz[]), '', '', 1`, [days.map(timeAgo)]);
  const atMs = (days: number): number => Date.parse(timeAgo(days));
  afterEach(() => database.query('truncate line_hour_tallies'));

  it('lies before the first lines of the last day, whatever a clock that was ahead has written', async () => {
    await score(10, 3, 0.5, 0.1, -2);
    expect(await lastBreak(database)).toEqual({ beforeMs: atMs(3), againMs: atMs(0.5) });
  });

  it('lasts until now where nothing was scored for a day', async () => {
    await score(3, -2);
    const found = await lastBreak(database);
    expect(found?.beforeMs).toBe(atMs(3));
    expect(found?.againMs).toBeGreaterThan(atMs(0.5));
    expect(found?.againMs).toBeLessThan(atMs(-1));
  });

  it('was never where nothing was scored before', async () => {
    await score(0.5);
    expect(await lastBreak(database)).toBeUndefined();
  });
});

describe('retention', () => {
  it('drops the days that are too old while a writer is at work, and the alerts that point into them', async () => {
    const [old, kept, today] = [await makeDay(92), await makeDay(89), await makeDay(0)];
    await database.query(
      `insert into alerts select n, gen_random_uuid(), case when n <= 2 then $1::timestamptz else $2 end
       from generate_series(1, 5) n`,
      [`${old}T00:00:00Z`, `${today}T00:00:00Z`],
    );
    await database.query(`insert into batches values ('old', $1), ('new', $2)`, [timeAgo(31), timeAgo(0)]);

    const writer = database.fork();
    await writer.begin();
    await database.query(`select count(*) from ${partitionName(today)}`, [], writer);
    const report = await applyRetention(database, DEFAULT_RETENTION);
    await writer.commit();

    expect(report?.droppedDays).toEqual([old]);
    expect(report?.deletedRows).toMatchObject({ alerts: 2, batches: 1 });
    expect(await partitions()).toEqual([partitionName(kept), partitionName(today)]);
  });

  it('drops what is old a portion at a time, and of an old day all that points into it, whether it was told or not', async () => {
    const [old, today] = [await makeDay(100), await makeDay(0)];
    const rows = (table: string, position: string, more: number): Promise<unknown> =>
      database.query(
        `insert into ${table} (${position}event_id, event_timestamp)
         select ${position === '' ? '' : 'n, '}gen_random_uuid(), case when n = 1 then $1::timestamptz else $2 end
         from generate_series(1, $3::int) n`,
        [`${today}T00:00:00Z`, `${old}T12:00:00Z`, 1 + more],
      );
    await rows('alerts', 'seq, ', 2);
    await rows('outbox', '', DELETE_ROWS_MAX + 1);
    await database.query(`insert into batches select 'old-' || n, $1 from generate_series(1, $2::int) n`, [
      timeAgo(31),
      DELETE_ROWS_MAX + 1,
    ]);
    expect(await applyRetention(database, DEFAULT_RETENTION)).toMatchObject({
      droppedDays: [old],
      deletedRows: { alerts: 2, batches: DELETE_ROWS_MAX + 1 },
    });
    for (const table of ['alerts', 'outbox'])
      expect(await database.query(`select event_timestamp::text as at from ${table}`)).toEqual([
        { at: `${today} 00:00:00+00` },
      ]);
  });

  it('keeps the day that the cutoff lies in, and one that holds what was stored at that moment', async () => {
    const [before, day] = [await makeDay(231), await makeDay(230)];
    const cutoff = `${day}T12:00:00.000Z`;
    const drop = () => database.session((session) => dropDays(session, { cutoff, ahead: timeAgo(0) }));
    await storeEvent(before, cutoff);
    expect((await drop()).droppedDays).toEqual([]);
    await database.query(`update events set stored_at = $1::timestamptz - interval '1 microsecond'`, [cutoff]);
    expect((await drop()).droppedDays).toEqual([before]);
  });

  it('keeps a day in which something is being stored', async () => {
    const day = await makeDay(240);
    const writer = database.fork();
    await writer.begin();
    await storeEvent(day, timeAgo(0), writer);
    const applied = applyRetention(database, DEFAULT_RETENTION);
    const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await vi.waitFor(async () => expect(await database.query(waits)).toHaveLength(1), { interval: 5, timeout: 10_000 });
    await writer.commit();
    expect((await applied)?.droppedDays).toEqual([]);
    expect(await eventsOf(day)).toBe(1);
  });

  it.each([
    { talliesDays: 400, minutesDays: 3 },
    { talliesDays: 2, minutesDays: 2 },
  ])('keeps what it counted and who reviewed for as long as it is told, $talliesDays days', async (days) => {
    const { talliesDays, minutesDays } = days;
    const ages = [1.9, 2.1, 2.9, 3.1, 29.9, 30.1, 91, 399.9, 400.1];
    const kept = {
      reviews: { column: 'reviewed_at', days: talliesDays, more: { verdict: 'true_positive', note: '', reviewer: '' } },
      batches: { column: 'stored_at', days: 30, more: {} },
      line_tallies: { column: 'bucket', days: minutesDays, more: { source: '', outcome: '', lines: 1 } },
      line_hour_tallies: { column: 'bucket', days: talliesDays, more: { source: '', outcome: '', lines: 1 } },
      threat_tallies: { column: 'bucket', days: talliesDays, more: { severity: '', class: '', events: 1 } },
      threat_hour_tallies: { column: 'bucket', days: talliesDays, more: { severity: '', class: '', events: 1 } },
      source_tallies: { column: 'bucket', days: talliesDays, more: { source_ip: '', events: 1 } },
      path_tallies: { column: 'bucket', days: talliesDays, more: { path: '', events: 1 } },
    };
    const ids: Record<string, string> = { reviews: 'event_id', batches: 'id' };
    for (const [table, { column, more }] of Object.entries(kept))
      for (const age of ages) {
        const id = ids[table];
        const row = { [column]: timeAgo(age), ...more, ...(id !== undefined && { [id]: randomUUID() }) };
        const values = Object.keys(row).map((_name, index) => `$${index + 1}`);
        await database.query(
          `insert into ${table} (${Object.keys(row).join(', ')}) values (${values.join(', ')})`,
          Object.values(row),
        );
      }
    const report = await applyRetention(database, { ...DEFAULT_RETENTION, talliesDays });
    for (const [table, { column, days: daysMax }] of Object.entries(kept)) {
      const left = await database.query<{ at: string }>(`select ${column} as at from ${table} order by 1 desc`);
      const young = ages.filter((age) => age < daysMax);
      expect([table, left.map(({ at }) => new Date(at).toISOString())]).toEqual([table, young.map(timeAgo)]);
      expect(report?.deletedRows[table]).toBe(ages.length - young.length);
      await database.query(`truncate ${table}`);
    }
  });

  it('takes as long as it needs', async () => {
    await database.query(`insert into batches values ('old', $1)`, [timeAgo(31)]);
    await database.query(
      `create table limits (name text, ms text);
       create function note() returns trigger language plpgsql as $$ begin
         insert into limits select name, setting from pg_settings where name = 'statement_timeout';
         return old;
       end $$;
       create trigger note before delete on batches for each row execute function note()`,
    );
    try {
      await applyRetention(database, DEFAULT_RETENTION);
      expect(await database.query('select * from limits')).toEqual([{ name: 'statement_timeout', ms: '0' }]);
    } finally {
      await database.query('drop function note cascade; drop table limits');
    }
  });

  it('keeps what is not too old without what the clock may be ahead by', async () => {
    const days = [await makeDay(110), await makeDay(95)];
    const report = await applyRetention(database, DEFAULT_RETENTION, { doubtedMs: 10 * DAY_MS });
    expect(report?.droppedDays).toEqual([days[0]]);
  });

  it('keeps an old day that was stored lately', async () => {
    const day = await makeDay(300);
    await storeEvent(day, timeAgo(0));
    await database.query(`insert into alerts values (9, gen_random_uuid(), $1)`, [`${day}T00:00:00Z`]);
    const report = await applyRetention(database, DEFAULT_RETENTION);
    expect(report).toMatchObject({ droppedDays: [], deletedRows: { alerts: 0 } });
    await database.query(`update events set stored_at = $1`, [timeAgo(91)]);
    const later = await applyRetention(database, DEFAULT_RETENTION);
    expect(later).toMatchObject({ droppedDays: [day], deletedRows: { alerts: 1 } });
  });

  it('tells the age of events whose time is yet to come by when they were stored', async () => {
    const [tomorrow, wrong, wrongToo] = [await makeDay(-1), await makeDay(-365), await makeDay(-400)];
    for (const day of [tomorrow, wrong]) await storeEvent(day, timeAgo(91));
    await storeEvent(wrongToo, timeAgo(89));
    await database.query(`insert into alerts values (9, gen_random_uuid(), $1)`, [`${wrong}T00:00:00Z`]);
    const report = await applyRetention(database, DEFAULT_RETENTION);
    expect(report).toMatchObject({ droppedDays: [wrong], deletedRows: { alerts: 1 } });
    expect(await partitions()).toEqual([partitionName(tomorrow), partitionName(wrongToo)]);
  });

  it('drops nothing of the present where the clock was set back by years', async () => {
    const day = await makeDay(0);
    await storeEvent(day, timeAgo(0));
    await applyRetention(database, DEFAULT_RETENTION, { doubtedMs: 20 * 365 * DAY_MS });
    expect(await partitions()).toEqual([partitionName(day)]);
  });

  it.each([-1, 1])('drops nothing while clocks are apart (%i)', async (direction) => {
    const day = await makeDay(200);
    const clockMs = Date.now() + direction * 2 * 60 * 60 * 1000;
    await expect(applyRetention(database, DEFAULT_RETENTION, { clockMs })).rejects.toThrow('minutes apart');
    expect(await partitions()).toContain(partitionName(day));
    expect((await applyRetention(database, DEFAULT_RETENTION))?.droppedDays).toEqual([day]);
  });

  it("tells ages by PostgreSQL's clock", async () => {
    await database.query(`insert into batches values ('nearly old', $1)`, [timeAgo(30 - 0.5 / 24)]);
    const clockMs = Date.now() + 55 * 60 * 1000;
    expect((await applyRetention(database, DEFAULT_RETENTION, { clockMs }))?.deletedRows).toMatchObject({ batches: 0 });
  });

  it('drops a day that an earlier run had detached when it was killed, and attaches one again that is kept for longer since', async () => {
    const [old, young] = [await makeDay(120), await makeDay(1)];
    await storeEvent(young, timeAgo(1));
    for (const day of [old, young]) await database.query(`alter table events detach partition ${partitionName(day)}`);
    expect((await applyRetention(database, DEFAULT_RETENTION))?.droppedDays).toEqual([old]);
    expect(await partitions()).toEqual([partitionName(young)]);
    expect(await eventsOf(young)).toBe(1);
  });

  it('postpones the days that somebody reads, and lines of them are stored meanwhile', async () => {
    const days = [await makeDay(150), await makeDay(149)];
    const reader = database.fork();
    await reader.begin();
    await database.query(`select count(*) from events`, [], reader);
    expect(await applyRetention(database, DEFAULT_RETENTION)).toMatchObject({ droppedDays: [], postponedDays: days });
    await storeEvent(days[0]!, timeAgo(0));
    await reader.commit();
    expect(await applyRetention(database, DEFAULT_RETENTION)).toMatchObject({
      droppedDays: [days[1]],
      postponedDays: [],
    });
    expect(await eventsOf(days[0]!)).toBe(1);
  });

  it('tries again where somebody who reads is soon done', async () => {
    const day = await makeDay(150);
    const reader = database.fork();
    await reader.begin();
    await database.query(`select count(*) from events`, [], reader);
    const [before] = await database.query<{ now: string }>(`select clock_timestamp()::text as now`);
    const applied = applyRetention(database, DEFAULT_RETENTION);
    // It waits for longer than it tries, so that whoever looks seldom sees it, too.
    const waiting = `select 1 from pg_stat_activity
      where datname = current_database() and state = 'idle' and query = 'rollback' and query_start > $1::timestamptz`;
    const isToTryAgain = async () => expect(await database.query(waiting, [before!.now])).toHaveLength(1);
    await vi.waitFor(isToTryAgain, { interval: 5, timeout: 10_000 });
    await reader.commit();
    expect(await applied).toMatchObject({ droppedDays: [day], postponedDays: [] });
  });

  it('drops a day whose detach was broken off, and others beside it', async () => {
    const days = [await makeDay(160), await makeDay(159)];
    await breakOffDetach(days[1]!);
    expect(await applyRetention(database, DEFAULT_RETENTION)).toMatchObject({ droppedDays: days, postponedDays: [] });
  });

  it.each([
    ['holds what was stored lately', 170],
    ['is young', 5],
  ])('attaches a day again whose detach was broken off where it %s', async (_, daysAgo) => {
    const [day, other] = [await makeDay(daysAgo), await makeDay(169)];
    await storeEvent(day, timeAgo(0));
    await breakOffDetach(day);
    expect((await applyRetention(database, DEFAULT_RETENTION))?.droppedDays).toEqual([other]);
    expect(await eventsOf(day)).toBe(1);
  });

  it('postpones a day whose detach was broken off while transactions may read it', async () => {
    const day = await makeDay(180);
    await breakOffDetach(day);
    const reader = database.fork();
    await reader.begin({ isolationLevel: IsolationLevel.REPEATABLE_READ });
    await database.query(`select 1`, [], reader);
    expect(await applyRetention(database, DEFAULT_RETENTION)).toMatchObject({ postponedDays: [day] });
    await reader.commit();
    expect(await applyRetention(database, DEFAULT_RETENTION)).toMatchObject({ droppedDays: [day] });
  });

  it('attaches a detached day again that holds what was stored lately', async () => {
    const day = await makeDay(190);
    await storeEvent(day, timeAgo(0));
    await database.query(`alter table events detach partition ${partitionName(day)}`);
    expect((await applyRetention(database, DEFAULT_RETENTION))?.droppedDays).toEqual([]);
    expect(await eventsOf(day)).toBe(1);
  });

  it('drops the alerts of a day from its beginning to its end in UTC, whatever the time zone of the database', async () => {
    await database.query(
      `do $$ begin execute format('alter database %I set timezone to %L', current_database(), 'Asia/Tokyo'); end $$`,
    );
    const elsewhere = await openDatabase(postgresUrl);
    const day = await makeDay(210);
    await database.query(
      `insert into alerts select n + 100, gen_random_uuid(), moment from unnest($1::timestamptz[]) with ordinality t (moment, n)`,
      [[`${dayAgo(211)}T23:59:59Z`, `${day}T00:00:00Z`, `${dayAgo(209)}T00:00:00Z`]],
    );
    const report = await applyRetention(elsewhere, DEFAULT_RETENTION);
    await elsewhere.close();
    expect(report).toMatchObject({ droppedDays: [day], deletedRows: { alerts: 1 } });
  });

  it('keeps everything where it is to be kept for longer than there are dates', async () => {
    const forEver = { eventsDays: 1_000_000, talliesDays: 200_000_000, batchesDays: Number.MAX_SAFE_INTEGER };
    expect(await applyRetention(database, forEver)).toMatchObject({ droppedDays: [], postponedDays: [] });
  });

  it('ends between two portions where it is to stop, and leaves nothing locked', async () => {
    const signal = AbortSignal.abort(new Error('stopping'));
    await expect(applyRetention(database, DEFAULT_RETENTION, { signal })).rejects.toThrow('stopping');
    expect(await applyRetention(database, DEFAULT_RETENTION)).toBeDefined();
  });

  it('leaves it to whoever is at it already', async () => {
    await database.session(async (session) => {
      await session.query(`select pg_advisory_lock(7412003)`);
      expect(await applyRetention(database, DEFAULT_RETENTION)).toBeUndefined();
      await session.query(`select pg_advisory_unlock(7412003)`);
    });
  });
});
