import { waitUntil } from '@vigil/dev-services/wait-until';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import type { Database } from '@vigil/shared/storage/database';
import { partitionName } from '@vigil/shared/storage/partitions';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DispatcherMetrics } from '../metrics.ts';
import { Relay } from '../relay/relay.ts';
import { EventStore } from '../storing/event-store.ts';
import { Partitions } from '../storing/partitions.ts';
import { batch, detection } from '../testing/scored-batch.ts';
import { scheduleSizeBound } from './size-bound.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

it('drops the oldest day once the rest is too much, says what went and what is left, and that only once', async () => {
  const [old, today] = [2, 0].map((ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10));
  for (const day of [old!, today!])
    await database.query(
      `create table ${partitionName(day)} partition of events for values from ('${day}T00:00:00Z') to ('${day}T23:59:59Z')`,
    );
  await database.query('alter table alerts rename to alerts_away');
  const said: Record<string, unknown>[] = [];
  const log = createLogger('test', 'warn', { write: (line) => void said.push(JSON.parse(line)) });
  const metrics = new DispatcherMetrics(new Registry());
  let looked = 0;
  const watched: Database = { ...database, session: (...args) => ((looked += 1), database.session(...args)) };
  const bound = { bytesMax: 1, sinks: ['bus'] };
  const schedule = scheduleSizeBound(watched, bound, metrics, log, { firstAfterMs: 1, intervalMs: 1 });
  try {
    await waitUntil(() => said.length > 0, { timeoutMs: 20_000, what: 'a run that fails' });
    await database.query('alter table alerts_away rename to alerts');
    await waitUntil(() => said.some(({ level }) => level === 'error'), { timeoutMs: 20_000, what: 'the error' });
    const before = looked;
    await waitUntil(() => looked > before + 3, { timeoutMs: 20_000, what: 'further looks' });
  } finally {
    await schedule.stop();
  }
  const told = said.filter(({ err }) => err === undefined);
  expect(told).toEqual([
    expect.objectContaining({
      level: 'warn',
      day: old,
      alerts: 0,
      msg: expect.stringContaining('dropped early'),
    }),
    expect.objectContaining({
      level: 'error',
      untoldDays: [],
      msg: expect.stringContaining('only the newest days are left'),
    }),
  ]);
  const { values } = await metrics.droppedDays.get();
  expect(values.find(({ labels }) => labels.reason === 'size')?.value).toBe(1);
});

it('thins the day of a flood, whose batches tell nothing a second time when they come again', async () => {
  const floodAt = (from: number) => Array.from({ length: 1_000 }, (_, index) => detection('flood', from + index));
  const batches = [0, 1_000, 2_000, 3_000].map((from) => batch('flood', floodAt(from)));
  const store = new EventStore(database, new Partitions(database));
  await store.store(batches);
  const said: Record<string, unknown>[] = [];
  const log = createLogger('test', 'warn', { write: (line) => void said.push(JSON.parse(line)) });
  await database.session(async (session) => {
    const relay = new Relay(session, log);
    await relay.cursor('bus');
    while ((await relay.assign(true)).more);
    await relay.advance('bus', await relay.lastSeq());
  });
  const metrics = new DispatcherMetrics(new Registry());
  const schedule = scheduleSizeBound(database, { bytesMax: 1_000_000, sinks: ['bus'] }, metrics, log, {
    firstAfterMs: 1,
    intervalMs: 1,
  });
  try {
    await waitUntil(() => said.length > 0, { timeoutMs: 20_000, what: 'the thinning' });
  } finally {
    await schedule.stop();
  }
  expect(said).toEqual([
    expect.objectContaining({
      day: '2026-03-02',
      firstOfMinute: 1,
      gbBefore: expect.any(Number),
      gb: expect.any(Number),
      msg: expect.stringContaining('was thinned'),
    }),
  ]);
  expect((await metrics.thinnings.get()).values[0]?.value).toBe(1);
  // The first of each of 67 minutes, and the newest five.
  expect(await database.query(`select 1 from events where source = 'flood'`)).toHaveLength(72);
  expect(await store.store(batches)).toMatchObject({ stored: [], repeatedBatches: batches.length });
  expect(await database.query('select 1 from outbox')).toEqual([]);
});
