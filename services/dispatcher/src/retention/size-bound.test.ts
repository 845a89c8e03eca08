import { waitUntil } from '@vigil/dev-services/wait-until';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import type { Database } from '@vigil/shared/storage/database';
import { partitionName } from '@vigil/shared/storage/partitions';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DispatcherMetrics } from '../metrics.ts';
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
