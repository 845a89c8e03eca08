import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterEach, expect, it } from 'vitest';
import { Readiness } from '../http/readiness.ts';
import { createRedisQueueBackend } from './redis-queue-backend.ts';
import type { QueueBackend } from './job-queue.ts';
import { watchProgress } from './watch-progress.ts';

let queue: QueueBackend | undefined;
let release: () => void = () => undefined;
afterEach(async () => {
  release();
  await queue?.close();
  queue = undefined;
});

it('takes a worker for gone that has ended, none for stuck whose jobs came a moment ago, and neither where it stops', async () => {
  let hasEnded = false;
  const idle = {
    isRunning: () => !hasEnded,
    lastActivityMs: () => 0,
    limitTo: () => undefined,
    close: async () => undefined,
  };
  const depth = { waiting: 1, active: 0, delayed: 0, failed: 0, oldestAgeSeconds: 59 };
  const lifecycle = { stopping: false };
  let nowMs = 0;
  const { check } = watchProgress({
    queueName: 'lines',
    consumer: idle,
    queue: { depth: async () => depth },
    lifecycle,
    now: () => nowMs,
  });
  nowMs = 120_000;
  await check();
  depth.oldestAgeSeconds = 61;
  await expect(check()).rejects.toThrow('no job taken');
  nowMs = 0;
  await check();
  hasEnded = true;
  await expect(check()).rejects.toThrow('the worker of "lines" has ended');
  lifecycle.stopping = true;
  await check();
});

it('notices a worker that takes no job while jobs wait and every connection is well, and no other', async () => {
  const { redisUrl } = await testServices(['redis']);
  const backend = createRedisQueueBackend(redisUrl, { prefix: `progress-${process.pid}` });
  queue = backend;
  const stuck = new Promise<void>((resolve) => (release = resolve));
  let nowMs = performance.now();
  const consumer = backend.consumer('lines', () => stuck, { concurrency: 1, onError: () => undefined });
  const progress = watchProgress({
    queueName: 'lines',
    consumer,
    queue: backend,
    lifecycle: { stopping: false },
    // The age of what waits comes from BullMQ's own clock, so it is the bound that is made short.
    idleMaxMs: 1,
    now: () => nowMs,
  });
  nowMs += 60_000;
  // Nothing waits: there is nothing to do.
  await progress.check();
  await backend.producer('lines').addAll(['a', 'b'].map((id) => ({ id: `job-${id}`, data: {} })) as never);
  // Not before the worker has taken the one that it does not get on with.
  const nowStuck = async (): Promise<boolean> =>
    (await backend.depth('lines')).active === 1 &&
    progress.check().then(
      () => false,
      () => true,
    );
  await waitUntil(nowStuck, { timeoutMs: 20_000, what: 'the check fails' });
  await backend.ping();
  await expect(progress.check()).rejects.toThrow(/^no job taken for \d+ s while 1 wait$/);
  // What is being tried again is not stuck.
  progress.touch();
  await progress.check();
  nowMs += 60_000;
  await expect(progress.check()).rejects.toThrow(/no job taken/);
  release();
  await waitUntil(async () => (await backend.depth('lines')).waiting === 0, {
    timeoutMs: 20_000,
    what: 'an empty queue',
  });
  await progress.check();
});

it('takes no worker for stuck whose queue says nothing: the probe that asks would end a healthy process', async () => {
  const { redisUrl } = await testServices(['redis']);
  const proxy = await startFreezableProxy(redisUrl);
  const backend = createRedisQueueBackend(proxy.url, { prefix: `silent-${process.pid}` });
  queue = backend;
  let nowMs = performance.now();
  const consumer = backend.consumer('lines', async () => undefined, { concurrency: 1, onError: () => undefined });
  const progress = watchProgress({
    queueName: 'lines',
    consumer,
    queue: backend,
    lifecycle: { stopping: false },
    now: () => nowMs,
  });
  const readiness = new Readiness();
  readiness.requireAlive('consumer', progress.check);
  await waitUntil(() => backend.ping().then(() => true), { timeoutMs: 20_000, what: 'the queue answers' });
  await backend.depth('lines');
  nowMs += 120_000;
  proxy.freeze();
  expect(await readiness.alive()).toEqual({ ok: true, checks: [{ name: 'consumer', ok: true }] });
  await proxy.close();
});
