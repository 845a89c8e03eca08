import { waitUntil } from '@vigil/dev-services/wait-until';
import type { Database } from '@vigil/shared/storage/database';
import { partitionName } from '@vigil/shared/storage/partitions';
import { DEFAULT_RETENTION } from '@vigil/shared/storage/retention/retention';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DispatcherMetrics } from '../metrics.ts';
import { scheduleRetention } from './retention-schedule.ts';

const DAY_MS = 86_400_000;

const metrics = new DispatcherMetrics(new Registry());

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const dayAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

async function makeDay(daysAgo: number): Promise<string> {
  const table = partitionName(dayAgo(daysAgo));
  const bounds = `from ('${dayAgo(daysAgo)}T00:00:00Z') to ('${dayAgo(daysAgo - 1)}T00:00:00Z')`;
  await database.query(`create table ${table} partition of events for values ${bounds}`);
  return table;
}

async function exists(table: string): Promise<boolean> {
  const [row] = await database.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
  return row!.there;
}

it('drops what has become too old, again and again, also after it failed', async () => {
  let said = '';
  const log = createLogger('test', 'warn', { write: (record) => void (said += record) });
  const young = await makeDay(50);
  const old = await makeDay(200);
  await database.query('alter table reviews rename to reviews_away');
  const policy = { ...DEFAULT_RETENTION, eventsDays: 90 };
  const schedule = scheduleRetention(database, policy, metrics, log, { firstAfterMs: 1, intervalMs: 20 });
  try {
    await waitUntil(() => said.includes('retention failed'), { timeoutMs: 20_000, what: 'a run that fails' });
    await database.query('alter table reviews_away rename to reviews');
    const isGone = (table: string) => async (): Promise<boolean> => !(await exists(table));
    await waitUntil(isGone(old), { timeoutMs: 20_000, what: 'the old day to be dropped' });
    const older = await makeDay(201);
    await waitUntil(isGone(older), { timeoutMs: 20_000, what: 'the older day to be dropped' });
  } finally {
    await schedule.stop();
  }
  expect(await exists(young)).toBe(true);
  const { values } = await metrics.droppedDays.get();
  expect(values.map(({ labels, value }) => [labels.reason, value])).toEqual([
    ['age', 2],
    ['size', 0],
  ]);
});

it('ends behind the portion that is under way when it is stopped', async () => {
  await database.query(
    `insert into reviews (event_id, verdict, note, reviewer, reviewed_at)
     values (gen_random_uuid(), 'true_positive', '', '', now() - interval '500 days')`,
  );
  await database.query(`insert into batches values ('old', now() - interval '500 days')`);
  const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  let isStopped = false;
  const stopping = await database.transactional(async (em) => {
    await database.query('lock table reviews in access exclusive mode', [], em);
    const schedule = scheduleRetention(database, DEFAULT_RETENTION, metrics, createLogger('test', 'silent'), {
      firstAfterMs: 1,
    });
    const isUnderWay = async (): Promise<boolean> => (await database.query(waits)).length > 0;
    await waitUntil(isUnderWay, { timeoutMs: 20_000, what: 'the first portion' });
    const stopped = schedule.stop().then(() => (isStopped = true));
    await database.query('select 1');
    expect(isStopped).toBe(false);
    return { stopped };
  });
  await stopping.stopped;
  expect(await database.query('select 1 from reviews')).toEqual([]);
  expect(await database.query('select id from batches')).toEqual([{ id: 'old' }]);
});

it('counts ages for a while from when lines were scored last, where the clock went ahead by days since', async () => {
  let said = '';
  const log = createLogger('test', 'warn', { write: (record) => void (said += record) });
  const old = await makeDay(200);
  const doubted = await makeDay(92);
  const isGone = (table: string) => async (): Promise<boolean> => !(await exists(table));
  // A first line has been scored by the new time already.
  await database.query(
    `insert into line_hour_tallies select now() - past, 's', 'scored:LOW', 1
     from unnest(array[interval '10 days', interval '3 days', interval '2 hours']) past`,
  );
  const times = { firstAfterMs: 1, intervalMs: 20 };
  const doubting = scheduleRetention(database, DEFAULT_RETENTION, metrics, log, times);
  await waitUntil(isGone(old), { timeoutMs: 20_000, what: 'what was too old by then to be dropped' });
  await doubting.stop();
  expect(said).toContain('ahead');
  expect(await exists(doubted)).toBe(true);
  // An hour of doubt from then on is over.
  const schedule = scheduleRetention(database, DEFAULT_RETENTION, metrics, log, { ...times, doubtMs: 3_600_000 });
  try {
    await waitUntil(isGone(doubted), { timeoutMs: 20_000, what: 'the doubted day to be dropped' });
  } finally {
    await schedule.stop();
  }
});
