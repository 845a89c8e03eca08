import { dlqCommand } from '@vigil/cli/commands/dlq';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { startDispatcher } from '@vigil/dispatcher/service';
import { batch, detection } from '@vigil/dispatcher/testing/scored-batch';
import { createEngineSource } from '@vigil/scorer/rules/engine-source';
import { startScorer } from '@vigil/scorer/service';
import { lineBatchOf, logLine } from '@vigil/scorer/testing/line-batch';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { Registry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { QueueBackend, QueueName } from '@vigil/shared/queue/job-queue';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const PREFIX = 'stalled-jobs';
const log = testLogger();
const lifecycle = new Lifecycle(log, 5_000);
const registry = new Registry();
let database: Database;
let queue: QueueBackend;
let redisUrl = '';

beforeAll(async () => {
  const urls = await testServices(['redis', 'postgres']);
  ({ redisUrl } = urls);
  vi.stubEnv('DATABASE_URL', urls.postgresUrl);
  vi.stubEnv('REDIS_URL', redisUrl);
  vi.stubEnv('QUEUE_PREFIX', PREFIX);
  database = await openTestDatabase();
  lifecycle.onStop('connections', 'database', () => database.close());
  queue = createRedisQueueBackend(redisUrl, { prefix: PREFIX });
  lifecycle.onStop('connections', 'queue', () => queue.close());
});
afterAll(() => lifecycle.stop('test'));

/** Adds a job as BullMQ has it after so many workers let their locks run out. */
async function addStalled(name: QueueName, data: { id: string }, stalls: number): Promise<void> {
  await queue.producer(name).addAll([{ id: data.id, data: data as never }]);
  const redis = new Redis(redisUrl);
  await redis.hset(`${PREFIX}:${name}:${data.id}`, 'stc', stalls);
  await redis.quit();
}

function startConsumers(): void {
  const parts = { queue, registry, readiness: new Readiness(), lifecycle, log, concurrency: 2 };
  startScorer({ ...parts, windows: createMemoryWindowStore(), engine: createEngineSource({}) });
  startDispatcher({ ...parts, database, bus: createMemoryAlertBus(), retentionDays: 0 });
}

async function outcomes(table: string): Promise<Record<string, number>> {
  const rows = await database.query<{ outcome: string; lines: string }>(
    `select outcome, sum(lines) as lines from ${table} group by outcome having sum(lines) <> 0`,
  );
  return Object.fromEntries(rows.map(({ outcome, lines }) => [outcome, Number(lines)]));
}

async function booksAre(expected: Record<string, number>): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const books = await Promise.all(['line_tallies', 'line_hour_tallies'].map(outcomes));
    return books.every((book) => JSON.stringify(sorted(book)) === JSON.stringify(sorted(expected)));
  };
  await waitUntil(isSo, { timeoutMs: 20_000, what: JSON.stringify(expected) });
}

const sorted = (counts: Record<string, number>) => Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));

it('dead-letters jobs that stop their workers again and again, every line accounted for, and gives them back', async () => {
  const lines = lineBatchOf([logLine('/'), logLine('/about')], { rejected: { too_long: 1 } });
  const tried = lineBatchOf([logLine('/tried')], { firstPosition: 5_000 });
  const scored = batch('stalled', [detection('stalled', 0)]);
  await addStalled('lines', lines, 11);
  await addStalled('lines', tried, 10);
  await addStalled('scored', scored, 11);
  // Stored by one of the workers before it died: nothing of them is lost, so they are no dead letters.
  for (const [name, stored] of [
    ['lines', lineBatchOf([logLine('/stored')], { firstPosition: 9_000 })],
    ['scored', batch('stored', [detection('stored', 0)])],
  ] as const) {
    await database.query(`insert into batches (id) values ($1)`, [stored.id]);
    await addStalled(name, stored, 11);
  }
  startConsumers();
  // `tried` is handled, the rest is not: 2 + 13 lines, of which one was given up before.
  await booksAre({ 'scored:LOW': 1, 'rejected:too_long': 1, dead_lettered: 2 + scored.linesRead });
  const letters = await database.query<{ id: string; reason: string }>(
    `select id, reason from dead_letters order by id`,
  );
  const reason = '11 workers died or hung with this job in their hands';
  expect(letters).toEqual([
    { id: `lines/${lines.id}`, reason },
    { id: `scored/${scored.id}`, reason },
  ]);
  expect(await queue.depth('lines')).toMatchObject({ waiting: 0, failed: 0 });
  expect(await queue.depth('scored')).toMatchObject({ waiting: 0, failed: 0 });
  const age = (await registry.getSingleMetric('vigil_dead_letters_oldest_age_seconds')!.get()).values[0]!;
  expect(age.value).toBeGreaterThan(0);

  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await dlqCommand().parseAsync(['requeue', ...letters.map(({ id }) => id)], { from: 'user' });
  await booksAre({ 'scored:LOW': 13, 'scored:HIGH': 1, 'rejected:too_long': 1, 'rejected:unparsable': 2 });
  expect(await database.query(`select 1 from dead_letters`)).toEqual([]);
  expect(await database.query(`select 1 from events where source = 'stalled'`)).toHaveLength(1);
});
