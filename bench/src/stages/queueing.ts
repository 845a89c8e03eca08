import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { LineBatch } from '@vigil/shared/contracts';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { secondsOf, type Stage } from './stage.ts';

/** What the ingestor enqueues together, and what a scorer has at hand. */
const FLIGHT_BATCHES = 64;
const CONCURRENCY = 4;

/** The queue seam, in and out again with nothing done in between; beside BullMQ with the same payload and no options of ours. */
export function queueingStage(redisUrl: string, batches: readonly LineBatch[], lines: number): Stage {
  return {
    name: 'queue: into Redis and out again',
    limitName: 'bare BullMQ, same payload',
    unit: 'lines',
    count: lines,
    ours: () => throughOurs(redisUrl, batches),
    limit: () => throughBare(redisUrl, batches),
  };
}

async function throughOurs(url: string, batches: readonly LineBatch[]): Promise<number> {
  const backend = createRedisQueueBackend(url, { prefix: `ours-${crypto.randomUUID()}` });
  const arrived = countdown(batches.length);
  try {
    const producer = backend.producer('lines');
    backend.consumer('lines', async () => arrived.one(), { concurrency: CONCURRENCY, onError: arrived.fail });
    // The first contact costs two connections, which a service makes once.
    await backend.depth('lines');
    return await secondsOf(async () => {
      for (const flight of flights(batches))
        await producer.addAll(flight.map((batch) => ({ id: batch.id, data: batch })));
      await arrived.all;
    });
  } finally {
    await backend.close();
  }
}

async function throughBare(url: string, batches: readonly LineBatch[]): Promise<number> {
  const producing = new Redis(url);
  const consuming = new Redis(url, { maxRetriesPerRequest: null });
  const prefix = `bare-${crypto.randomUUID()}`;
  const arrived = countdown(batches.length);
  const queue = new Queue('lines', { connection: producing, prefix, defaultJobOptions: { removeOnComplete: true } });
  const worker = new Worker('lines', async () => arrived.one(), {
    connection: consuming,
    prefix,
    concurrency: CONCURRENCY,
  });
  worker.on('error', arrived.fail);
  try {
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
    return await secondsOf(async () => {
      for (const flight of flights(batches)) await queue.addBulk(flight.map((data) => ({ name: 'lines', data })));
      await arrived.all;
    });
  } finally {
    await worker.close();
    await queue.close();
    producing.disconnect();
    consuming.disconnect();
  }
}

function* flights(batches: readonly LineBatch[]): Generator<readonly LineBatch[]> {
  for (let from = 0; from < batches.length; from += FLIGHT_BATCHES) yield batches.slice(from, from + FLIGHT_BATCHES);
}

function countdown(count: number): { one: () => void; fail: (error: Error) => void; all: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = count;
  const one = (): void => {
    left -= 1;
    if (left === 0) resolve();
  };
  return { one, fail: reject, all: promise };
}
