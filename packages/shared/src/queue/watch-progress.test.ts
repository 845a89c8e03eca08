import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterEach, expect, it } from 'vitest';
import { Readiness } from '../http/readiness.ts';
import { createRedisQueueBackend } from './redis-queue-backend.ts';
import type { QueueBackend } from './job-queue.ts';
import { watchProgress } from './watch-progress.ts';

let queue: QueueBackend;
let release: () => void = () => undefined;
afterEach(async () => {
  release();
  await queue.close();
});

it('notices a worker that takes no job while jobs wait and every connection is well, and no other', async () => {
  const { redisUrl } = await testServices(['redis']);
  queue = createRedisQueueBackend(redisUrl, { prefix: `progress-${process.pid}` });
  const stuck = new Promise<void>((resolve) => (release = resolve));
  let nowMs = performance.now();
  const consumer = queue.consumer('lines', () => stuck, { concurrency: 1, onError: () => undefined });
  const progress = watchProgress({
    queueName: 'lines',
    consumer,
    queue,
    lifecycle: { stopping: false },
    // The age of what waits comes from BullMQ's own clock, so it is the bound that is made short.
    idleMaxMs: 1,
    now: () => nowMs,
  });
  nowMs += 60_000;
  // Nothing waits: there is nothing to do.
  await progress.check();
  await queue.producer('lines').addAll(['a', 'b'].map((id) => ({ id: `job-${id}`, data: {} })) as never);
  // Not before the worker has taken the one that it does not get on with.
  const nowStuck = async (): Promise<boolean> =>
    (await queue.depth('lines')).active === 1 &&
    progress.check().then(
      () => false,
      () => true,
    );
  await waitUntil(nowStuck, { timeoutMs: 20_000, what: 'the check fails' });
  await queue.ping();
  await expect(progress.check()).rejects.toThrow(/^no job taken for \d+ s while 1 wait$/);
  // What is being tried again is not stuck.
  progress.touch();
  await progress.check();
  nowMs += 60_000;
  await expect(progress.check()).rejects.toThrow(/no job taken/);
  release();
  await waitUntil(async () => (await queue.depth('lines')).waiting === 0, {
    timeoutMs: 20_000,
    what: 'an empty queue',
  });
  await progress.check();
});

it('takes no worker for stuck whose queue says nothing: the probe that asks would end a healthy process', async () => {
  const { redisUrl } = await testServices(['redis']);
  const proxy = await startFreezableProxy(redisUrl);
  queue = createRedisQueueBackend(proxy.url, { prefix: `silent-${process.pid}` });
  let nowMs = performance.now();
  const consumer = queue.consumer('lines', async () => undefined, { concurrency: 1, onError: () => undefined });
  const progress = watchProgress({
    queueName: 'lines',
    consumer,
    queue,
    lifecycle: { stopping: false },
    now: () => nowMs,
  });
  const readiness = new Readiness();
  readiness.requireAlive('consumer', progress.check);
  await waitUntil(() => queue.ping().then(() => true), { timeoutMs: 20_000, what: 'the queue answers' });
  await queue.depth('lines');
  nowMs += 120_000;
  proxy.freeze();
  expect(await readiness.alive()).toEqual({ ok: true, checks: [{ name: 'consumer', ok: true }] });
  await proxy.close();
});
