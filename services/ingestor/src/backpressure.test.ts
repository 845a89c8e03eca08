import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DevService } from '@vigil/dev-services/dev-service';
import { startRedis } from '@vigil/dev-services/redis';
import { testServices } from '@vigil/dev-services/test-services';
import type { LineBatch } from '@vigil/shared/contracts';
import { Registry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { connectRedis } from '@vigil/shared/redis/connect-redis';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Backpressure, admit, flushIntervalMs } from './backpressure.ts';
import { createIngestMetrics } from './metrics.ts';
import { TestIngestors, push, waitUntil } from './testing/test-ingestors.ts';

describe('admit', () => {
  const bounds = { waitingMax: 100, memoryShareMax: 0.8 };
  const fill = (waiting: number, usedBytes = 0, boundBytes = 100) => ({ waiting, usedBytes, boundBytes });

  it('closes at either bound and says which', () => {
    expect(admit(true, fill(99, 79), bounds)).toEqual({ open: true });
    expect(admit(true, fill(100), bounds)).toEqual({ open: false, reason: 'queue_full' });
    expect(admit(true, fill(0, 80), bounds)).toEqual({ open: false, reason: 'memory_full' });
    expect(admit(true, fill(0, 1e9, Infinity), bounds)).toEqual({ open: true });
  });

  it('opens again only at the low-water mark', () => {
    expect(admit(false, fill(75), bounds).open).toBe(false);
    expect(admit(false, fill(74), bounds).open).toBe(true);
    expect(admit(false, fill(0), { ...bounds, waitingMax: 1 }).open).toBe(true);
  });
});

describe('flushIntervalMs', () => {
  it('makes batches larger while some wait', () => {
    expect(flushIntervalMs(20, 0)).toBe(20);
    expect(flushIntervalMs(20, 8)).toBe(20);
    expect(flushIntervalMs(20, 9)).toBe(100);
  });
});

describe('Backpressure', () => {
  let redis: DevService;
  let queue: QueueBackend;
  const log = testLogger();
  const started: Backpressure[] = [];
  beforeEach(async () => {
    redis = await startRedis();
    queue = createRedisQueueBackend(redis.url);
  });
  const start = async (): Promise<Backpressure> => {
    const backpressure = new Backpressure({
      queue,
      waitingMax: 10,
      memoryShareMax: 1,
      metrics: createIngestMetrics(new Registry()),
      log,
      onChange: () => undefined,
    });
    started.push(backpressure);
    await backpressure.start();
    return backpressure;
  };
  afterEach(async () => {
    for (const backpressure of started.splice(0)) backpressure.stop();
    await redis.kill?.('SIGCONT');
    await queue.close();
    await redis.stop();
  });

  it.each([
    ['allkeys-lru', 'what waits'],
    ['volatile-lru', 'windows'],
  ])('tells of a Redis that is set to %s while it runs that it may drop %s, once', async (policy, dropped) => {
    const told = [vi.spyOn(log, 'warn'), vi.spyOn(log, 'info')].map(({ mock }) => mock.calls);
    onTestFinished(() => void vi.restoreAllMocks());
    const admin = connectRedis(redis.url);
    onTestFinished(() => admin.disconnect());
    await start();
    await admin.config('SET', 'maxmemory-policy', policy);
    const timesTold = (text: string): number => told.flat().filter((call) => String(call.at(-1)).includes(text)).length;
    await waitUntil(() => timesTold('maxmemory-policy noeviction') > 0);
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await waitUntil(() => timesTold('drops nothing any more') > 0);
    expect([timesTold('maxmemory-policy noeviction'), timesTold(`may drop ${dropped}`)]).toEqual([1, 1]);
  });

  it('takes nothing in while Redis hangs, from the start on too, and goes on when it answers', async () => {
    const backpressure = await start();
    expect(backpressure.admission.open).toBe(true);
    await redis.kill?.('SIGSTOP');
    await waitUntil(() => !backpressure.admission.open);
    backpressure.added([]);
    expect(backpressure.admission).toEqual({ open: false, reason: 'queue_unreachable' });
    await redis.kill?.('SIGCONT');
    await waitUntil(() => backpressure.admission.open);
    await redis.kill?.('SIGSTOP');
    expect((await start()).admission.open).toBe(false);
  });

  it('says what Redis has against being asked', async () => {
    const connection = connectRedis(redis.url);
    await connection.call('ACL', 'SETUSER', 'default', '-info');
    connection.disconnect();
    const warn = vi.spyOn(log, 'warn');
    expect((await start()).admission).toEqual({ open: false, reason: 'queue_unreachable' });
    expect(warn.mock.calls).toEqual([
      [
        expect.objectContaining({ err: expect.objectContaining({ message: expect.stringContaining('NOPERM') }) }),
        'taking no lines in',
      ],
    ]);
  });

  const jobs = (kind: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: `${kind}-${n}`, data: {} as never }));

  it('counts what waits to be stored with what waits to be scored', async () => {
    await queue.producer('lines').addAll(jobs('lines', 4));
    await queue.producer('scored').addAll(jobs('scored', 5));
    const backpressure = await start();
    expect(backpressure.admission.open).toBe(true);
    expect(backpressure.waitingAtLook).toBe(4);
    await queue.producer('scored').addAll(jobs('more', 1));
    await waitUntil(() => !backpressure.admission.open);
    expect(backpressure.admission).toEqual({ open: false, reason: 'queue_full' });
  });

  it('counts what waits to be tried again', async () => {
    const refuse = () => Promise.reject(new Error('PostgreSQL is away'));
    await queue.producer('scored').addAll(jobs('scored', 10));
    queue.consumer('scored', refuse, { concurrency: 10, onError: () => undefined });
    await waitUntil(async () => (await queue.depth('scored')).delayed === 10);
    const backpressure = await start();
    await waitUntil(() => !backpressure.admission.open);
    expect(backpressure.admission).toEqual({ open: false, reason: 'queue_full' });
  });

  it('reckons with the memory that was filled since it asked', async () => {
    const connection = connectRedis(redis.url);
    await connection.config('SET', 'maxmemory', '16mb');
    connection.disconnect();
    const backpressure = await start();
    expect(backpressure.admission.open).toBe(true);
    backpressure.added([{ payload: 'x'.repeat(16 * 1024 * 1024) } as LineBatch]);
    expect(backpressure.admission).toEqual({ open: false, reason: 'memory_full' });
  });
});

it('takes lines in as long as the queues answer, and asks no more once it is stopped', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const depth = { waiting: 0, active: 0, delayed: 0, failed: 0, oldestAgeSeconds: 0 };
  const queue = { depth: vi.fn(async () => depth), memory: async () => ({ usedBytes: 0, boundBytes: Infinity }) };
  const onChange = vi.fn();
  const metrics = createIngestMetrics(new Registry());
  const bounds = { waitingMax: 10, memoryShareMax: 1 };
  const backpressure = new Backpressure({ queue, ...bounds, metrics, log: testLogger(), onChange });
  await backpressure.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(queue.depth.mock.calls.length).toBeGreaterThan(20);
  expect(onChange).not.toHaveBeenCalled();

  void vi.advanceTimersToNextTimer();
  backpressure.stop();
  queue.depth.mockClear();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(queue.depth).not.toHaveBeenCalled();
});

describe('a Redis that is nearly full', () => {
  let ingestors: TestIngestors;
  beforeEach(async () => {
    ingestors = await TestIngestors.open();
  });
  afterEach(() => ingestors.close());

  it('is not filled up: reading stops at the mark, pushes get 503, and every line arrives once it is worked off', async () => {
    const { redisUrl } = await testServices(['redis']);
    const redis = connectRedis(redisUrl);
    const lines = Array.from({ length: 2_000 }, (_, n) => `${n} ${randomBytes(7_500).toString('base64')}`);
    const path = join(ingestors.folder, 'access.log');
    await writeFile(path, `${lines.join('\n')}\n`);
    try {
      const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
      await redis.config('SET', 'maxmemory', String(used + 24_000_000));
      // What is under way when the mark is met still fits: a Redis at its bound refuses even those who work it off.
      const options = { INGEST_PATHS: [path], BATCH_LINES_MAX: 10, QUEUE_MEMORY_SHARE_MAX: 0.4 };
      const { url, queue, registry } = await ingestors.start(options);
      await waitUntil(async () => (await push(url, { lines: [] })).status === 503);
      expect(await registry.metrics()).toContain('\nvigil_backpressure_active 1\n');
      ingestors.consume(queue);
      const received = (): number => ingestors.received.reduce((sum, { lineCount }) => sum + lineCount, 0);
      await waitUntil(() => received() >= lines.length);
      expect(ingestors.texts()).toEqual(lines);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
      redis.disconnect();
    }
  });
});
