import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findKustomize } from './kustomize.ts';
import { render } from './render.ts';

/**
 * What KEDA would read: its Redis scaler asks for the key's type and then for its length, and reads 0 where there is no such key. The
 * names and the formula are the rendered ScaledObject's, the keys are those that the services' own queue writes.
 */
const LENGTH = `
  local kind = redis.call('type', KEYS[1]).ok
  return redis.call(({ zset = 'zcard', set = 'scard', list = 'llen', hash = 'hlen', none = 'llen' })[kind], KEYS[1])`;

interface Trigger {
  name: string;
  metadata: { listName: string };
}

let redis: Redis;
let queue: ReturnType<typeof createRedisQueueBackend>;
let bull: Queue;
let triggers: Trigger[];
let formula: string;
let release = (): void => undefined;

beforeAll(async () => {
  const { redisUrl } = await testServices(['redis']);
  redis = new Redis(redisUrl);
  queue = createRedisQueueBackend(redisUrl);
  bull = new Queue('lines', { connection: new Redis(redisUrl, { maxRetriesPerRequest: null }) as never });
  const objects = await render(await findKustomize(), 'overlays/dev');
  const scaler = objects.find((object) => object.kind === 'ScaledObject');
  triggers = scaler?.spec.triggers as Trigger[];
  formula = scaler?.spec.advanced.scalingModifiers.formula as string;
}, 180_000);

afterAll(async () => {
  release();
  await bull.close();
  await queue.close();
  redis.disconnect();
});

async function lengths(): Promise<Record<string, number>> {
  const entries = triggers.map(
    async ({ name, metadata }) => [name, Number(await redis.eval(LENGTH, 1, metadata.listName))] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

const jobs = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}-${index}`, data: {} as never }));

test('jobs that wait, that run and that have a priority are each counted by one trigger', async () => {
  const busy = new Promise<void>((resolve) => {
    release = resolve;
  });
  queue.consumer('lines', () => busy, { concurrency: 2, onError: () => undefined });
  await queue.producer('lines').addAll(jobs('plain', 7));
  await waitUntil(async () => (await lengths())['active'] === 2, { timeoutMs: 20_000, what: 'two jobs at work' });
  await bull.add('lines', {}, { priority: 3, jobId: 'urgent' });
  expect(await lengths()).toEqual({ wait: 5, prioritized: 1, active: 2 });
});

test('the formula adds up all that is to be done', async () => {
  const counted = await lengths();
  const sum = formula.split('+').reduce((total, name) => total + counted[name.trim()]!, 0);
  expect(sum).toBe(8);
});

test('a paused queue keeps its jobs in `wait`, so that it still counts as backlog', async () => {
  await bull.pause();
  await queue.producer('lines').addAll(jobs('paused', 3));
  expect((await lengths())['wait']).toBe(8);
  expect(await redis.exists('bull:lines:paused')).toBe(0);
  await bull.resume();
});
