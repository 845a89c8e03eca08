import { waitUntil } from '@vigil/dev-services/wait-until';
import type { Database } from '@vigil/shared/storage/database';
import { partitionName } from '@vigil/shared/storage/partitions';
import { DEFAULT_RETENTION } from '@vigil/shared/storage/retention';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { createLogger } from '@vigil/shared/logging/logger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scheduleRetention } from './retention-schedule.ts';

const DAY_MS = 86_400_000;

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
  const schedule = scheduleRetention(database, policy, log, { firstAfterMs: 1, intervalMs: 20 });
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
});

it('drops nothing for a while where the clock is days ahead of all that was stored', async () => {
  let said = '';
  const log = createLogger('test', 'warn', { write: (record) => void (said += record) });
  const old = await makeDay(200);
  await database.query(`insert into batches values ('last', now() - interval '3 days')`);
  const times = { firstAfterMs: 1, intervalMs: 20 };
  const doubting = scheduleRetention(database, DEFAULT_RETENTION, log, times);
  await waitUntil(() => said.includes('gone ahead'), { timeoutMs: 20_000, what: 'the warning' });
  await doubting.stop();
  expect(await exists(old)).toBe(true);
  const schedule = scheduleRetention(database, DEFAULT_RETENTION, log, { ...times, doubtMs: 100 });
  try {
    await waitUntil(async () => !(await exists(old)), { timeoutMs: 20_000, what: 'the old day to be dropped' });
  } finally {
    await schedule.stop();
  }
});
