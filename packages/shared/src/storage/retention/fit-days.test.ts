import { dropDayTables } from '../../testing/drop-day-tables.ts';
import { openTestDatabase } from '../../testing/open-test-database.ts';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { Database, EntityManager } from '../database.ts';
import { partitionName } from '../partitions.ts';
import { LARGEST_KEPT } from '../tallies.ts';
import { tableSizes } from '../table-sizes.ts';
import { DELETE_ROWS_MAX } from './delete-rows.ts';
import type { DroppedDay } from './drop-day.ts';
import { fitDays, type FittedDays, type SizeBound, type ThinnedDay } from './fit-days.ts';
import { applySizeBound } from './retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
const MIB = 1_048_576;
/** Of events enough that thinning their day is worth it. */
const FLOOD_MIB = 12;

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
afterEach(async () => {
  await dropDayTables(database);
  await database.query('truncate alerts, outbox, relay_cursors, path_tallies, source_tallies');
});

const dayAgo = (days: number): string => new Date(NOW_MS - days * DAY_MS).toISOString().slice(0, 10);

/** Makes a day of some MiB and returns it. */
async function makeDay(daysAgo: number, mib = 1): Promise<string> {
  const day = dayAgo(daysAgo);
  await database.query(
    `create table ${partitionName(day)} partition of events
     for values from ('${day}T00:00:00Z') to ('${dayAgo(daysAgo - 1)}T00:00:00Z')`,
  );
  await storeEvents(day, mib);
  return day;
}

/** Events of half a page each, which nothing compresses. */
async function storeEvents(day: string, mib: number, em?: EntityManager): Promise<void> {
  await database.query(
    `insert into events (id, timestamp, source, position, source_ip, method, path, query, status, bytes, referer, user_agent, host,
       score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
     select gen_random_uuid(), $1::timestamptz, '', 0, '', '', '', '', 0, 0, '', '', '', 1, 'HIGH', '{}'::json, '{}'::text[], '{}'::text[], '[]'::json,
       (select string_agg(md5(n || '-' || m), '') from generate_series(1, 120) m), ''
     from generate_series(1, $2::int) n`,
    [`${day}T12:00:00Z`, (mib * MIB) / 4_096],
    em,
  );
}

const toldTo = (sink: string, seq: number): Promise<unknown> =>
  database.query(`insert into relay_cursors values ($1, $2)`, [sink, seq]);

const alertIn = (day: string, seq: number): Promise<unknown> =>
  database.query(`insert into alerts values ($1, gen_random_uuid(), $2)`, [seq, `${day}T12:00:00Z`]);

const fit = (bytesMax: number, sinks: SizeBound['sinks'] = ['bus']): Promise<FittedDays | undefined> =>
  applySizeBound(database, { bytesMax, sinks });

async function daysLeft(): Promise<string[]> {
  const rows = await database.query<{ day: string }>(
    `select distinct to_char(timestamp, 'YYYY-MM-DD') as day from events order by 1`,
  );
  return rows.map(({ day }) => day);
}

async function dayBytes(day: string): Promise<number> {
  const [row] = await database.query<{ n: string }>(`select pg_total_relation_size($1) as n`, [partitionName(day)]);
  return Number(row!.n);
}

async function eventsBytes(): Promise<number> {
  return (await tableSizes(database)).find(({ table }) => table === 'events')!.bytes;
}

it('drops the oldest days, with the alerts that point into them, until the rest fits, and keeps what was counted', async () => {
  const made = [await makeDay(9), await makeDay(8), await makeDay(2), await makeDay(0)];
  await toldTo('bus', 4);
  for (const [index, day] of made.entries()) await alertIn(day, index + 1);
  await database.query(`insert into path_tallies values ($1, '/login', 7)`, [`${made[0]!}T12:00:00Z`]);
  // Those of random ids may take a page more than others.
  const sizes = await Promise.all(made.map(dayBytes));
  const dropped: DroppedDay[] = [];
  const bound = { bytesMax: sizes[2]! + sizes[3]!, sinks: ['bus'] };
  const fitted = await applySizeBound(database, bound, { onDrop: (day) => dropped.push(day) });
  expect(fitted).toMatchObject({ droppedDays: made.slice(0, 2), postponedDays: [], untoldDays: [], alerts: 2 });
  expect(await daysLeft()).toEqual(made.slice(2));
  expect(fitted!.bytes).toBe(await eventsBytes());
  expect(fitted!.bytes).toBe(bound.bytesMax);
  expect(dropped).toEqual(made.slice(0, 2).map((day, index) => ({ day, bytes: sizes[index], alerts: 1 })));
  expect(await database.query('select seq::int as seq from alerts order by 1')).toEqual([{ seq: 3 }, { seq: 4 }]);
  expect(await database.query('select events::int as events from path_tallies')).toEqual([{ events: 7 }]);
});

it('drops nothing where all days together take just what they may', async () => {
  const made = [await makeDay(3), await makeDay(0)];
  expect(await fit(await eventsBytes())).toMatchObject({ droppedDays: [], bytes: await eventsBytes() });
  expect(await daysLeft()).toEqual(made);
});

it('keeps the present day however much its few events take, and says that it is above the bound', async () => {
  const [, today] = [await makeDay(2), await makeDay(0, 2)];
  const fitted = await fit(MIB);
  expect(fitted).toMatchObject({ droppedDays: [dayAgo(2)], thinnedDays: [], untoldDays: [], postponedDays: [] });
  expect(fitted!.bytes).toBeGreaterThan(MIB);
  expect(await daysLeft()).toEqual([today]);
});

it('thins a day that is a flood before any other goes for it', async () => {
  const [old, today] = [await makeDay(5), await makeDay(0, FLOOD_MIB)];
  await toldTo('bus', 0);
  const thinned: ThinnedDay[] = [];
  const bound = { bytesMax: FLOOD_MIB * MIB, sinks: ['bus'] };
  const bytesBefore = await dayBytes(today);
  const fitted = await applySizeBound(database, bound, { onThin: (day) => thinned.push(day) });
  expect(fitted).toMatchObject({ droppedDays: [], thinnedDays: [today], untoldDays: [], postponedDays: [] });
  expect(await daysLeft()).toEqual([old, today]);
  expect(fitted!.bytes).toBe(await eventsBytes());
  expect(fitted!.bytes).toBeLessThan(2 * MIB);
  expect(thinned).toEqual([{ day: today, bytesBefore, bytes: await dayBytes(today), firstOfMinute: 1 }]);
});

it('tells of a day that is thinned also where it is to stop before the rest is done', async () => {
  const today = await makeDay(0, FLOOD_MIB);
  await toldTo('bus', 0);
  const stopping = new AbortController();
  const onThin = vi.fn(() => stopping.abort(new Error('stopping')));
  const bound = { bytesMax: MIB, sinks: ['bus'] };
  await expect(applySizeBound(database, bound, { onThin, signal: stopping.signal })).rejects.toThrow('stopping');
  expect(onThin).toHaveBeenCalledWith(expect.objectContaining({ day: today }));
  expect(await fit(MIB)).toMatchObject({ thinnedDays: [] });
  expect(await daysLeft()).toEqual([today]);
});

it('thins of the days that stay the largest where none is a flood and nothing else may go', async () => {
  const [old, today, coming] = [await makeDay(5), await makeDay(0, FLOOD_MIB), await makeDay(-9, FLOOD_MIB + 1)];
  const later = await makeDay(-10, FLOOD_MIB);
  await toldTo('bus', 0);
  const bytesMax = (await eventsBytes()) - (await dayBytes(old)) - 1;
  expect(await fit(bytesMax)).toMatchObject({ droppedDays: [old], thinnedDays: [coming] });
  expect(await daysLeft()).toEqual([today, coming, later]);
  expect(await eventsBytes()).toBeLessThan(bytesMax);
});

it('says of a flood whose alerts a sink has not taken that it waits for that, and drops older days', async () => {
  const [old, today] = [await makeDay(5), await makeDay(0, FLOOD_MIB)];
  await database.query(
    `insert into alerts select row_number() over (), id, timestamp from events where timestamp >= $1`,
    [`${today}T00:00:00Z`],
  );
  await toldTo('bus', 0);
  expect(await fit(MIB)).toMatchObject({ droppedDays: [old], thinnedDays: [], untoldDays: [today] });
  await database.query('update relay_cursors set published_seq = 1000000');
  expect(await fit(MIB)).toMatchObject({ droppedDays: [], thinnedDays: [today], untoldDays: [] });
});

it('postpones a flood while somebody reads events, and drops no other day instead', async () => {
  const [old, today] = [await makeDay(5), await makeDay(0, FLOOD_MIB)];
  await toldTo('bus', 0);
  const reader = database.fork();
  await reader.begin();
  await database.query('select 1 from events limit 1', [], reader);
  expect(await fit(MIB)).toMatchObject({ droppedDays: [], thinnedDays: [], postponedDays: [today] });
  await reader.commit();
  expect(await daysLeft()).toEqual([old, today]);
  expect(await fit(FLOOD_MIB * MIB)).toMatchObject({ droppedDays: [], thinnedDays: [today] });
});

it('keeps the newest day where there is none of the present yet', async () => {
  const [, newest] = [await makeDay(3), await makeDay(2)];
  expect((await fit(0))?.droppedDays).toEqual([dayAgo(3)]);
  expect(await daysLeft()).toEqual([newest]);
});

it('keeps a day for six hours once it is over, since what was done just before midnight is as new', async () => {
  const [yesterday, today] = [await makeDay(1), await makeDay(0)];
  const fitAt = (time: string): Promise<FittedDays> =>
    database.session((session) =>
      fitDays(session, { bytesMax: 0, sinks: ['bus'] }, Date.parse(`${today}T${time}Z`), {}),
    );
  expect((await fitAt('05:59:59.999')).droppedDays).toEqual([]);
  expect((await fitAt('06:00:00.000')).droppedDays).toEqual([yesterday]);
});

it('keeps days that are yet to come, and counts them', async () => {
  const [old, today, coming] = [await makeDay(2), await makeDay(0), await makeDay(-400)];
  const fitted = await fit(0);
  expect(fitted?.droppedDays).toEqual([old]);
  expect(fitted?.bytes).toBe(await eventsBytes());
  expect(await daysLeft()).toEqual([today, coming]);
});

it.each([
  ['has no seq yet', 'outbox'],
  ['has not been taken by one of the sinks', 'alerts'],
])('keeps a day with an event that %s, and drops the next instead', async (_what, table) => {
  const [untold, next] = [await makeDay(5), await makeDay(4)];
  await makeDay(0);
  await toldTo('bus', 2);
  await toldTo('jetstream', table === 'alerts' ? 1 : 2);
  await alertIn(next, 1);
  if (table === 'alerts') await alertIn(untold, 2);
  else
    await database.query(`insert into outbox (event_id, event_timestamp) values (gen_random_uuid(), $1)`, [
      `${untold}T12:00:00Z`,
    ]);
  const sinks = ['bus', 'jetstream'];
  expect(await fit(0, sinks)).toMatchObject({ droppedDays: [next], untoldDays: [untold] });
  await database.query('truncate outbox');
  await database.query('update relay_cursors set published_seq = 2');
  expect(await fit(0, sinks)).toMatchObject({
    droppedDays: [untold],
    untoldDays: [],
    alerts: table === 'alerts' ? 1 : 0,
  });
});

it('waits for a sink that has no cursor yet, and for none that was given up', async () => {
  const old = await makeDay(5);
  await makeDay(0);
  await alertIn(old, 1);
  await toldTo('bus', 1);
  await toldTo('given up', 0);
  expect(await fit(0, ['bus', 'webhook'])).toMatchObject({ droppedDays: [], untoldDays: [old] });
  expect(await fit(0, ['bus'])).toMatchObject({ droppedDays: [old], untoldDays: [] });
});

it('keeps a day in which something is being stored whose alert is yet to be told', async () => {
  const old = await makeDay(5);
  await makeDay(0);
  const writer = database.fork();
  await writer.begin();
  await storeEvents(old, 1, writer);
  await database.query(
    `insert into outbox (event_id, event_timestamp) values (gen_random_uuid(), $1)`,
    [`${old}T12:00:00Z`],
    writer,
  );
  const fitting = fit(0);
  const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await vi.waitFor(async () => expect(await database.query(waits)).toHaveLength(1), { interval: 5, timeout: 10_000 });
  await writer.commit();
  expect(await fitting).toMatchObject({ droppedDays: [], postponedDays: [], untoldDays: [old] });
  expect(await daysLeft()).toContain(old);
});

it('goes on with a day that an earlier run had detached when it was killed', async () => {
  const old = await makeDay(5);
  await makeDay(0);
  await database.query(`alter table events detach partition ${partitionName(old)}`);
  const before = await eventsBytes();
  const fitted = await fit(before - 1);
  expect(fitted).toMatchObject({ droppedDays: [old], bytes: await eventsBytes() });
  expect(await eventsBytes()).toBeLessThan(before);
});

it.each([
  ['fits since the bound was raised', 5, false],
  ['is the newest', 0, false],
  ['has an alert that is yet to be told', 5, true],
])('makes a day findable again that such a run had detached and that %s', async (_what, daysAgo, isUntold) => {
  const day = await makeDay(daysAgo);
  await makeDay(daysAgo === 0 ? 1 : 0);
  if (isUntold) await alertIn(day, 1);
  await database.query(`alter table events detach partition ${partitionName(day)}`);
  expect(await daysLeft()).not.toContain(day);
  const fitted = await fit(daysAgo === 0 || isUntold ? 0 : Number.MAX_SAFE_INTEGER);
  expect(fitted?.untoldDays).toEqual(isUntold ? [day] : []);
  expect(await daysLeft()).toContain(day);
});

it('postpones a day that somebody reads, and touches no younger one instead', async () => {
  const made = [await makeDay(5), await makeDay(4), await makeDay(0)];
  const reader = database.fork();
  await reader.begin();
  await database.query(`select count(*) from ${partitionName(made[0]!)}`, [], reader);
  expect(await fit(0)).toMatchObject({ droppedDays: [], postponedDays: [made[0]] });
  await reader.commit();
  expect(await fit(0)).toMatchObject({ droppedDays: made.slice(0, 2), postponedDays: [] });
});

it('does nothing while retention by age is at it', async () => {
  await makeDay(5);
  await makeDay(0);
  await database.session(async (session) => {
    await session.query(`select pg_advisory_lock(7412003)`);
    expect(await fit(0)).toBeUndefined();
    await session.query(`select pg_advisory_unlock(7412003)`);
  });
});

it('ends between two days where it is to stop', async () => {
  const made = [await makeDay(5), await makeDay(0)];
  const signal = AbortSignal.abort(new Error('stopping'));
  const fitted = database.session((session) => fitDays(session, { bytesMax: 0, sinks: [] }, NOW_MS, { signal }));
  await expect(fitted).rejects.toThrow('stopping');
  expect(await daysLeft()).toEqual(made);
});

it('leaves of the addresses and paths of an hour the largest where its events are dropped, and of other hours all', async () => {
  const [old, today] = [await makeDay(5), await makeDay(0)];
  const beyond = DELETE_ROWS_MAX + 5;
  for (const [table, key] of [
    ['source_tallies', 'source_ip'],
    ['path_tallies', 'path'],
  ]) {
    await database.query(
      `insert into ${table} (bucket, ${key}, events)
       select hour, n::text, n from unnest($1::timestamptz[], $2::int[]) as t (hour, keys), generate_series(1, keys) n`,
      [
        [`${old}T00:00:00Z`, `${old}T05:00:00Z`, `${old}T23:00:00Z`, `${today}T00:00:00Z`],
        [LARGEST_KEPT + beyond, LARGEST_KEPT, LARGEST_KEPT + 1, LARGEST_KEPT + 1],
      ],
    );
    await database.query(`insert into ${table} (bucket, ${key}, events) values ($1, 'the day before', 1)`, [
      `${dayAgo(6)}T23:00:00Z`,
    ]);
  }
  expect((await fit(0))?.droppedDays).toEqual([old]);
  for (const table of ['source_tallies', 'path_tallies'])
    expect(
      await database.query(
        `select to_char(bucket, 'DDHH24') as hour, count(*)::int, min(events)::int as least from ${table} group by 1, bucket order by bucket`,
      ),
    ).toEqual(
      [
        [dayAgo(6), '23', 1, 1],
        [old, '00', LARGEST_KEPT, beyond + 1],
        [old, '05', LARGEST_KEPT, 1],
        [old, '23', LARGEST_KEPT, 2],
        [today, '00', LARGEST_KEPT + 1, 1],
      ].map(([day, hour, count, least]) => ({ hour: `${String(day).slice(8)}${hour}`, count, least })),
    );
});

it('thins what is counted without waiting for whoever adds to it', async () => {
  const old = await makeDay(5);
  await makeDay(0);
  const hour = `${old}T00:00:00Z`;
  await database.query(`insert into path_tallies select $1, n::text, n from generate_series(1, $2::int) n`, [
    hour,
    LARGEST_KEPT + 10,
  ]);
  const writer = database.fork();
  await writer.begin();
  await database.query(`update path_tallies set events = events + 1 where path = '3'`, [], writer);
  expect((await fit(0))?.droppedDays).toEqual([old]);
  await writer.commit();
  expect(await database.query(`select events::int as events from path_tallies where path = '3'`)).toEqual([
    { events: 4 },
  ]);
});
