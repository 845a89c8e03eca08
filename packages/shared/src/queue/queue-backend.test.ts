import { setTimeout as delay } from 'node:timers/promises';
import { createPostgresBackend, Queue, UnrecoverableError, withBackend, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { startRedis } from '@vigil/dev-services/redis';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LineBatch } from '../contracts/line-batch.ts';
import type { ScoredBatch } from '../contracts/scored-batch.ts';
import { openDatabase } from '../storage/database.ts';
import { storableText } from '../text/storable-text.ts';
import { createPostgresQueueBackend, keepJobsUncompressed, takeOverJobs } from './postgres-queue-backend.ts';
import { createRedisQueueBackend } from './redis-queue-backend.ts';
import type { Job, QueueBackend } from './job-queue.ts';

/** The contract of the queue seam, held against both stores. */
const SIDES: Record<string, () => Promise<(scope: string) => QueueBackend>> = {
  redis: async () => {
    const { redisUrl } = await testServices(['redis']);
    return (scope) => createRedisQueueBackend(redisUrl, { prefix: scope });
  },
  postgres: async () => {
    const { postgresUrl } = await testServices(['postgres']);
    return (scope) => createPostgresQueueBackend(postgresUrl, { schema: scope });
  },
};

const opened: QueueBackend[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()));
});

let scopes = 0;

describe.each(Object.keys(SIDES))('queue backend on %s', (side) => {
  /** Backends of a store and a name space of their own; each call is another process's view of it. */
  async function views(count: number): Promise<QueueBackend[]> {
    const create = await SIDES[side]!();
    scopes += 1;
    const scope = `seam${scopes}`;
    const backends = Array.from({ length: count }, () => create(scope));
    opened.push(...backends);
    return backends;
  }

  it('delivers every accepted job with its data to one of several consumers', async () => {
    const [producing, one, two] = await views(3);
    const seen: Job[] = [];
    const handle = async (job: Job) => void seen.push(job);
    for (const backend of [one!, two!]) backend.consumer('lines', handle, { concurrency: 2, onError: () => undefined });
    await producing!.producer('lines').addAll(numbered('lb', 40));
    await waitUntil(() => seen.length >= 40, { timeoutMs: 20_000, what: 'all jobs' });
    expect(new Set(seen.map((job) => job.id)).size).toBe(40);
    expect(seen.find((job) => job.id === 'lb-7')?.data).toEqual(lineBatch(7));
    expect(seen.every((job) => job.attempt === 1)).toBe(true);
  });

  it('handles as many jobs at once as its limit says, and as that says later', async () => {
    const [backend] = await views(1);
    let [running, most, done] = [0, 0, 0];
    // As long as it takes to be given another one.
    let work: () => Promise<unknown> = () => backend!.depth('lines');
    const handle = async () => {
      running += 1;
      most = Math.max(most, running);
      await work();
      running -= 1;
      done += 1;
    };
    await backend!.producer('lines').addAll(numbered('one', 10));
    const consumer = backend!.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
    await waitUntil(() => done === 10, { timeoutMs: 20_000, what: 'ten jobs' });
    expect(most).toBe(1);
    const release = Promise.withResolvers<void>();
    work = () => release.promise;
    consumer.limitTo(3);
    await backend!.producer('lines').addAll(numbered('three', 10));
    await waitUntil(() => running === 3, { timeoutMs: 20_000, what: 'three jobs at once' });
    release.resolve();
    await waitUntil(() => done === 20, { timeoutMs: 20_000, what: 'the others' });
    expect(most).toBe(3);
  });

  it('holds back jobs that it was given already, where those before them say that fewer may be at hand', async () => {
    const [backend] = await views(1);
    const release = Promise.withResolvers<void>();
    const handled: string[] = [];
    let [running, most] = [0, 0];
    const handle = async ({ id }: Job) => {
      running += 1;
      if (id.startsWith('small')) await release.promise;
      else {
        consumer.limitTo(2);
        most = Math.max(most, running);
        await backend!.depth('lines');
      }
      running -= 1;
      handled.push(id);
    };
    await backend!.producer('lines').addAll(numbered('small', 8));
    const consumer = backend!.consumer('lines', handle, { concurrency: 8, onError: () => undefined });
    await waitUntil(() => running === 8, { timeoutMs: 20_000, what: 'eight jobs at once' });
    await backend!.producer('lines').addAll(numbered('large', 8));
    // All end at once, and each fetches the next one before any of those was looked at.
    release.resolve();
    await waitUntil(() => handled.length === 16, { timeoutMs: 20_000, what: 'all jobs' });
    expect(new Set(handled).size).toBe(16);
    expect(most).toBe(2);
  });

  it('gives every text back that was made storable, whatever it was', async () => {
    const [backend] = await views(1);
    const source = storableText('a\0b \ud83d high, \udc00 low, \ud83d\ude00 \\u0000');
    await backend!.producer('lines').addAll([{ id: 'lb-1', data: { ...lineBatch(1), source } }]);
    const seen: unknown[] = [];
    backend!.consumer('lines', async ({ data }) => void seen.push(data), { concurrency: 1, onError: () => undefined });
    await waitUntil(() => seen.length === 1, { timeoutMs: 20_000, what: 'the job' });
    expect(seen).toEqual([{ ...lineBatch(1), source }]);
  });

  it.each([10, 100_000])('gives back a batch of events of %i characters', async (length) => {
    const [backend] = await views(1);
    const data = { v: 1, id: 'lb-1', source: 'caf\u00e9 \ud83d\ude00 '.repeat(length / 8) } as unknown as ScoredBatch;
    await backend!.producer('scored').addAll([{ id: 'sb-1', data }]);
    const seen: unknown[] = [];
    backend!.consumer('scored', async (job) => void seen.push(job.data), { concurrency: 1, onError: () => undefined });
    await waitUntil(() => seen.length === 1, { timeoutMs: 20_000, what: 'the job' });
    expect(seen).toEqual([data]);
  });

  it('takes the same id once while the job exists', async () => {
    const [backend] = await views(1);
    const producer = backend!.producer('lines');
    await producer.addAll([{ id: 'lb-1', data: lineBatch(1) }]);
    await producer.addAll([
      { id: 'lb-1', data: lineBatch(1) },
      { id: 'lb-2', data: lineBatch(2) },
    ]);
    expect(await backend!.depth('lines')).toMatchObject({ waiting: 2, active: 0 });
  });

  it('brings a job back after its handler failed, and counts the deliveries', async () => {
    const [backend] = await views(1);
    const attempts: number[] = [];
    const handle = async (job: Job) => {
      attempts.push(job.attempt);
      if (attempts.length < 3) throw new Error('the database is away');
    };
    backend!.consumer('scored', handle, { concurrency: 1, onError: () => undefined });
    await backend!.producer('scored').addAll([{ id: 'sb-1', data: {} as never }]);
    await waitUntil(() => attempts.length === 3, { timeoutMs: 20_000, what: 'three attempts' });
    expect(attempts).toEqual([1, 2, 3]);
    await waitUntil(async () => (await backend!.depth('scored')).active === 0, {
      timeoutMs: 20_000,
      what: 'an empty queue',
    });
    expect(await backend!.depth('scored')).toMatchObject({ waiting: 0, delayed: 0, failed: 0 });
  });

  it('knows when a job was last taken, and when the last one was done', async () => {
    const [backend] = await views(1);
    const release = Promise.withResolvers<void>();
    let takenMs = 0;
    const handle = async () => {
      takenMs = consumer.lastActivityMs();
      await release.promise;
    };
    const consumer = backend!.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
    const begunMs = consumer.lastActivityMs();
    await backend!.producer('lines').addAll(numbered('lb', 1));
    await waitUntil(() => takenMs > 0, { timeoutMs: 20_000, what: 'the job under way' });
    expect(takenMs).toBeGreaterThan(begunMs);
    release.resolve();
    await waitUntil(() => consumer.lastActivityMs() > takenMs, { timeoutMs: 20_000, what: 'the end of the job' });
  });

  it('finishes the job at hand before a consumer is closed, and leaves the rest', async () => {
    const [backend] = await views(1);
    const done: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let started = false;
    const consumer = backend!.consumer(
      'lines',
      async (job) => {
        started = true;
        await gate;
        done.push(job.id);
      },
      { concurrency: 1, onError: () => undefined },
    );
    await backend!.producer('lines').addAll([1, 2, 3].map((index) => ({ id: `lb-${index}`, data: lineBatch(index) })));
    await waitUntil(() => started, { timeoutMs: 20_000, what: 'the job under way' });
    expect(consumer.isRunning()).toBe(true);
    const closed = consumer.close();
    release();
    await closed;
    expect(done).toEqual(['lb-1']);
    const depth = await backend!.depth('lines');
    expect(depth.waiting + depth.active).toBe(2);
    expect(consumer.isRunning()).toBe(false);
  });

  it('leaves to others what waits for its turn in a consumer that is closed', async () => {
    const [backend, other] = await views(2);
    const [begun, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const done: string[] = [];
    const handle = async ({ id }: Job) => {
      consumer.limitTo(1);
      begun.resolve();
      await release.promise;
      done.push(id);
    };
    const lines = backend!.producer('lines');
    await lines.addAll([1, 2, 3].map((index) => ({ id: `lb-${index}`, data: lineBatch(index) })));
    const consumer = backend!.consumer('lines', handle, { concurrency: 3, onError: () => undefined });
    await waitUntil(async () => (await backend!.depth('lines')).active === 3, {
      timeoutMs: 20_000,
      what: 'three jobs',
    });
    await begun.promise;
    const closed = consumer.close();
    // The store may have given out the two others before they are here.
    await waitUntil(async () => (await backend!.depth('lines')).active === 1, {
      timeoutMs: 20_000,
      what: 'the two others to be given back',
    });
    release.resolve();
    await closed;
    expect(done).toHaveLength(1);
    const taken: string[] = [];
    other!.consumer('lines', async ({ id }) => void taken.push(id), { concurrency: 1, onError: () => undefined });
    await waitUntil(() => taken.length === 2, { timeoutMs: 20_000, what: 'the two others' });
    expect([...done, ...taken].toSorted()).toEqual(['lb-1', 'lb-2', 'lb-3']);
  });

  it('tells the age of the oldest waiting job', async () => {
    const [backend] = await views(1);
    expect((await backend!.depth('lines')).oldestAgeSeconds).toBe(0);
    await backend!.producer('lines').addAll([{ id: 'lb-1', data: lineBatch(1) }]);
    const early = (await backend!.depth('lines')).oldestAgeSeconds;
    await waitUntil(async () => (await backend!.depth('lines')).oldestAgeSeconds > early, {
      timeoutMs: 20_000,
      what: 'an older job',
    });
  });
});

describe('queue backend on redis, with clocks that are apart', () => {
  it.each([-3_600_000, 3_600_000])('tells the age of a job that was added by one %i ms away', async (awayMs) => {
    const { redisUrl } = await testServices(['redis']);
    const [adding, asking] = [1, 2].map(() => createRedisQueueBackend(redisUrl, { prefix: `apart${awayMs}` }));
    opened.push(adding!, asking!);
    const timeOfDay = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() + awayMs);
    try {
      await adding!.producer('lines').addAll([{ id: 'lb-1', data: lineBatch(1) }]);
    } finally {
      clock.mockRestore();
    }
    const age = async (): Promise<number> => (await asking!.depth('lines')).oldestAgeSeconds;
    expect(await age()).toBeLessThan(1_800);
    await waitUntil(async () => (await age()) > 0, { timeoutMs: 20_000, what: 'an age' });
  });
});

describe('queue backend on redis, away', () => {
  it('refuses jobs at once instead of holding them in memory', async () => {
    const backend = createRedisQueueBackend('redis://127.0.0.1:1');
    opened.push(backend);
    await expect(backend.producer('lines').addAll([{ id: 'lb-1', data: lineBatch(1) }])).rejects.toThrow(
      'Redis has not answered',
    );
    await expect(backend.ping()).rejects.toThrow('Redis has not answered');
  });
});

it.each([
  ['data', '{"v":1,'],
  ['opts', 'NaN'],
  ['opts', 'null'],
])('hands on a job whose %s are %s, with those that can be read', async (field, text) => {
  const { redisUrl } = await testServices(['redis']);
  const prefix = `unreadable-${field}-${text.length}`;
  const backend = createRedisQueueBackend(redisUrl, { prefix });
  opened.push(backend);
  await backend.producer('lines').addAll(numbered('lb', 3));
  const connection = new Redis(redisUrl);
  await connection.hset(`${prefix}:lines:lb-1`, field, text);
  const seen = new Map<string, unknown>();
  const problems: string[] = [];
  const handle = async ({ id, data }: Job): Promise<void> => void seen.set(id, data);
  backend.consumer('lines', handle, { concurrency: 2, onError: ({ message }) => void problems.push(message) });
  await waitUntil(() => seen.size === 3, { timeoutMs: 60_000, what: 'all three jobs' });
  expect(seen.get('lb-1')).toEqual(field === 'data' ? text : lineBatch(1));
  expect(problems.join()).toContain('job "lb-1" is no JSON');
  await waitUntil(async () => (await connection.exists(`${prefix}:lines:lb-1`)) === 0, {
    timeoutMs: 20_000,
    what: 'the end of the job',
  });
  connection.disconnect();
});

it('takes back what BullMQ gave up elsewhere, and says how often a job stopped its worker', async () => {
  const { redisUrl } = await testServices(['redis']);
  const backend = createRedisQueueBackend(redisUrl, { prefix: 'given-up' });
  opened.push(backend);
  await backend.producer('lines').addAll([{ id: 'lb-1', data: lineBatch(1) }]);
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  // As BullMQ counts it whenever a lock ran out.
  await connection.hset('given-up:lines:lb-1', 'stc', 11);
  const earlierRelease = new Worker('lines', () => Promise.reject(new UnrecoverableError('job stalled')), {
    connection,
    prefix: 'given-up',
  });
  const failed = async (): Promise<number> => (await backend.depth('lines')).failed;
  await waitUntil(async () => (await failed()) === 1, { timeoutMs: 20_000, what: 'a job given up' });
  await earlierRelease.close();
  connection.disconnect();
  const seen: Job[] = [];
  const handle = async (job: Job) => void seen.push(job);
  backend.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
  await waitUntil(() => seen.length === 1, { timeoutMs: 20_000, what: 'the job' });
  expect(seen[0]).toMatchObject({ id: 'lb-1', data: lineBatch(1), stalls: 11 });
  expect(await failed()).toBe(0);
});

it('tries a job again that BullMQ gives up here, as one that was added to be tried once', async () => {
  const { redisUrl } = await testServices(['redis']);
  const backend = createRedisQueueBackend(redisUrl, { prefix: 'once' });
  opened.push(backend);
  let tries = 0;
  const handle = async (): Promise<void> => {
    tries += 1;
    if (tries === 1) throw new Error('once');
  };
  backend.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
  const connection = new Redis(redisUrl);
  const other = new Queue('lines', { connection, prefix: 'once' });
  await other.add('lines', lineBatch(1), { jobId: 'lb-1', attempts: 1 });
  await other.close();
  connection.disconnect();
  await waitUntil(() => tries > 1, { timeoutMs: 20_000, what: 'the second try' });
  expect(tries).toBe(2);
});

describe('after a clock was a day ahead', () => {
  const DAY_MS = 86_400_000;

  /** Has a worker that is killed take one job and put another off. */
  async function takeTwo(worker: Worker): Promise<void> {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
    try {
      await worker.getNextJob('killed');
      const later = await worker.getNextJob('killed');
      await later!.moveToDelayed(Date.now() + 1_000, 'killed');
    } finally {
      vi.useRealTimers();
    }
    await worker.close(true);
  }

  async function handled(backend: QueueBackend): Promise<Job[]> {
    const seen: Job[] = [];
    const handle = async (job: Job) => void seen.push(job);
    backend.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
    await waitUntil(() => seen.length === 2, { timeoutMs: 45_000, what: 'both jobs' });
    return seen.sort((a, b) => a.id.localeCompare(b.id));
  }

  const both = [
    { id: 'lb-0', data: lineBatch(0), stalls: 1 },
    { id: 'lb-1', data: lineBatch(1), stalls: 0 },
  ];

  it('tries again at once what failed on that day, in PostgreSQL', async () => {
    const { postgresUrl } = await testServices(['postgres']);
    const backend = createPostgresQueueBackend(postgresUrl, { schema: 'put_off' });
    opened.push(backend);
    let tries = 0;
    const handle = async (): Promise<void> => {
      tries += 1;
      if (tries === 1) throw new Error('once');
    };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
    try {
      await backend.producer('lines').addAll(numbered('lb', 1));
      backend.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
      await waitUntil(async () => (await backend.depth('lines')).delayed === 1, {
        timeoutMs: 20_000,
        what: 'a failure',
      });
    } finally {
      vi.useRealTimers();
    }
    // It looks when it begins, and then every quarter of a minute.
    backend.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
    await waitUntil(() => tries > 1, { timeoutMs: 40_000, what: 'the second try' });
    expect(tries).toBe(2);
  });

  it('handles what waits for that day, on Redis', { timeout: 60_000 }, async () => {
    const { redisUrl } = await testServices(['redis']);
    const backend = createRedisQueueBackend(redisUrl, { prefix: 'ahead' });
    opened.push(backend);
    await backend.producer('lines').addAll(numbered('lb', 3));
    const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
    await takeTwo(new Worker('lines', null, { connection, prefix: 'ahead' }));
    // No longer than clocks that are a little apart may make of the longest wait.
    const failing = new Worker('lines', null, { connection, prefix: 'ahead' });
    const later = await failing.getNextJob('failing');
    await later!.moveToDelayed(Date.now() + 59_000, 'failing');
    await failing.close(true);
    // What Redis' own clock makes of ten and five seconds.
    await connection.pexpire('ahead:lines:lb-0:lock', DAY_MS);
    await connection.set('ahead:lines:stalled-check', '1', 'PX', DAY_MS);
    connection.disconnect();
    expect(await handled(backend)).toMatchObject(both);
    expect(await backend.depth('lines')).toMatchObject({ delayed: 1 });
  });

  it('ends every lock of that day, and none that lasts no longer than any does, on Redis', async () => {
    const { redisUrl } = await testServices(['redis']);
    const backend = createRedisQueueBackend(redisUrl, { prefix: 'locked' });
    opened.push(backend);
    await backend.producer('lines').addAll(numbered('lb', 3));
    const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
    const lockDuration = 10_000;
    const busy = new Worker('lines', null, { connection, prefix: 'locked', lockDuration });
    const lockedMs = performance.now();
    for (let job = 0; job < 3; job += 1) await busy.getNextJob('busy');
    for (const job of [0, 2]) await connection.pexpire(`locked:lines:lb-${job}:lock`, DAY_MS);
    await connection.set('locked:lines:stalled-check', '1', 'PX', DAY_MS);
    backend.consumer('lines', async () => undefined, { concurrency: 1, onError: () => undefined });
    await waitUntil(async () => (await connection.pttl('locked:lines:stalled-check')) < DAY_MS / 2, {
      timeoutMs: 20_000,
      what: 'a look at what lasts too long',
    });
    const [first, ordinary, last] = await Promise.all(
      [0, 1, 2].map((job) => connection.pttl(`locked:lines:lb-${job}:lock`)),
    );
    expect(ordinary! + performance.now() - lockedMs).toBeGreaterThan(lockDuration - 100);
    expect(Math.max(first!, last!)).toBeLessThanOrEqual(lockDuration);
    await busy.close(true);
    connection.disconnect();
  });

  it('handles what waits for that day, in PostgreSQL', async () => {
    const { postgresUrl } = await testServices(['postgres']);
    const backend = createPostgresQueueBackend(postgresUrl, { schema: 'ahead' });
    opened.push(backend);
    await backend.producer('lines').addAll(numbered('lb', 2));
    const { Worker: PostgresWorker } = withBackend(createPostgresBackend);
    const connection = { connectionString: postgresUrl, schema: 'ahead' };
    await takeTwo(new PostgresWorker('lines', null, { connection, autorun: false }) as unknown as Worker);
    const database = await openDatabase(postgresUrl);
    await takeOverJobs(database, 'ahead');
    await database.close();
    expect(await handled(backend)).toMatchObject(both);
  });
});

function numbered(prefix: string, count: number): { id: string; data: LineBatch }[] {
  return Array.from({ length: count }, (_value, index) => ({ id: `${prefix}-${index}`, data: lineBatch(index) }));
}

function lineBatch(index: number): LineBatch {
  return {
    v: 1,
    id: `lb-${String(index).padStart(32, '0')}`,
    source: 'test',
    fingerprint: 'f',
    positions: 'bytes',
    firstPosition: index,
    lineCount: 1,
    encoding: 'plain',
    payload: 'bGluZQ==',
    rejected: { too_long: 1 },
    readAtMs: 1,
  };
}

it('goes on with a Redis that died while the queue was being opened', async () => {
  const redis = await startRedis();
  const backend = createRedisQueueBackend(redis.url);
  opened.push(backend);
  try {
    await backend.ping();
    const producer = backend.producer('lines');
    const add = (): Promise<unknown> => producer.addAll([{ id: 'lb-1', data: lineBatch(1) }]);
    await redis.kill!('SIGSTOP');
    const opening = add().catch((error: unknown) => error);
    await redis.kill!('SIGKILL');
    expect(await opening).toBeInstanceOf(Error);
    await redis.restart();
    const isTaken = (): Promise<boolean> =>
      add().then(
        () => true,
        () => false,
      );
    await waitUntil(isTaken, { timeoutMs: 20_000, what: 'the queue takes jobs again' });
    expect(await backend.depth('lines')).toMatchObject({ waiting: 1 });
  } finally {
    await backend.close();
    await redis.stop();
  }
});

it('ends while Redis is away, after the job at hand', async () => {
  const redis = await startRedis();
  const backend = createRedisQueueBackend(redis.url);
  try {
    const [taken, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const handle = async (): Promise<void> => {
      taken.resolve();
      await done.promise;
    };
    const consumer = backend.consumer('lines', handle, { concurrency: 1, onError: () => undefined });
    await backend.producer('lines').addAll([{ id: 'lb-1', data: lineBatch(1) }]);
    await taken.promise;
    await redis.kill!('SIGKILL');
    // What is sent before the connection has seen its end is answered when Redis comes back.
    const isKnown = (): Promise<boolean> =>
      Promise.race([
        backend.ping().then(
          () => false,
          (error: Error) => error.message.includes('Redis has not answered'),
        ),
        delay(2_000, false),
      ]);
    await waitUntil(isKnown, { timeoutMs: 20_000, what: 'the end of Redis' });
    let hasEnded = false;
    const ended = consumer.close().then(() => (hasEnded = true));
    await expect(backend.ping()).rejects.toThrow('Redis has not answered');
    expect(hasEnded).toBe(false);
    done.resolve();
    await ended;
  } finally {
    await backend.close();
    await redis.stop();
  }
});

it('adds a job whose adding had failed half-way, since somebody else’s key stood in the way', async () => {
  const { redisUrl } = await testServices(['redis']);
  const backend = createRedisQueueBackend(redisUrl, { prefix: 'torn' });
  opened.push(backend);
  const redis = new Redis(redisUrl);
  const add = (): Promise<void> => backend.producer('lines').addAll(numbered('lb', 3));
  for (const key of ['wait', 'events', 'marker']) {
    await redis.set(`torn:lines:${key}`, 'not ours');
    await expect(add()).rejects.toThrow('WRONGTYPE');
    await redis.del(`torn:lines:${key}`);
  }
  await add();
  expect(await backend.depth('lines')).toMatchObject({ waiting: 3 });
  const seen: string[] = [];
  backend.consumer('lines', async ({ id }) => void seen.push(id), { concurrency: 1, onError: () => undefined });
  await waitUntil(() => seen.length === 3, { timeoutMs: 20_000, what: 'all jobs' });
  expect(seen).toEqual(['lb-0', 'lb-1', 'lb-2']);
  await redis.quit();
});

it('keeps with a job how it failed last, however often it fails', async () => {
  const { redisUrl } = await testServices(['redis']);
  const backend = createRedisQueueBackend(redisUrl, { prefix: 'failures' });
  opened.push(backend);
  let attempts = 0;
  const handle = async () => {
    attempts += 1;
    if (attempts < 4) throw new Error(`failure ${attempts}`);
    const redis = new Redis(redisUrl);
    const stored = await redis.hget('failures:scored:sb-1', 'stacktrace');
    await redis.quit();
    kept.push(...(JSON.parse(stored ?? '[]') as string[]));
  };
  const kept: string[] = [];
  backend.consumer('scored', handle, { concurrency: 1, onError: () => undefined });
  await backend.producer('scored').addAll([{ id: 'sb-1', data: {} as never }]);
  await waitUntil(() => kept.length > 0, { timeoutMs: 30_000, what: 'a delivery after three failures' });
  expect(kept).toEqual([expect.stringContaining('failure 3')]);
});

it('has PostgreSQL keep jobs in embedded mode as they come', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const backend = createPostgresQueueBackend(postgresUrl);
  opened.push(backend);
  await backend.ping();
  const database = await openDatabase(postgresUrl);
  try {
    await keepJobsUncompressed(database);
    const sql = `select attname, attstorage::text as storage from pg_attribute
      where attrelid = 'bullmq.job'::regclass and attname = 'data'`;
    expect(await database.query(sql)).toEqual([{ attname: 'data', storage: 'e' }]);
  } finally {
    await database.close();
  }
});
