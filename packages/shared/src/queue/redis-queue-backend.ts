import { Queue, Worker, type QueueOptions, type Telemetry, type WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { connectRedis } from '../redis/connect-redis.ts';
import { DEFAULT_QUEUE_PREFIX } from '../redis/queue-prefix.ts';
import { readyWithin } from '../redis/ready-within.ts';
import { redisClock } from '../redis/redis-clock.ts';
import { backendOver } from './bullmq-backend.ts';
import {
  JOB_OPTIONS,
  LOCK_DURATION_MS,
  quiet,
  RETRY_DELAY_MAX_MS,
  STALLED_INTERVAL_MS,
  type AnyQueue,
  type AnyWorker,
} from './bullmq-store.ts';
import type { QueueBackend } from './job-queue.ts';
import { OVERLONG_SCRIPT } from './overlong-script.ts';
import { FORGET_TORN_SCRIPT, JOB_LISTS, JOB_SETS } from './torn-jobs-script.ts';

/**
 * BullMQ on Redis. Producers fail fast while Redis is away (their caller keeps the lines); workers wait for it.
 * @param options.prefix key prefix, so that several Vigils can share a Redis
 * @param options.telemetry carries traces with the jobs
 */
export function createRedisQueueBackend(
  url: string,
  options: { prefix?: string; telemetry?: Telemetry | undefined } = {},
): QueueBackend {
  const prefix = options.prefix ?? DEFAULT_QUEUE_PREFIX;
  const telemetry = options.telemetry === undefined ? {} : { telemetry: options.telemetry };
  const producing = connectRedis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  producing.defineCommand('endOverlong', { lua: OVERLONG_SCRIPT, numberOfKeys: 3 });
  producing.defineCommand('forgetTorn', { lua: FORGET_TORN_SCRIPT, numberOfKeys: JOB_LISTS.length + JOB_SETS.length });
  const scripts = producing as Redis & {
    endOverlong(...args: (string | number)[]): Promise<string[]>;
    forgetTorn(...args: string[]): Promise<number>;
  };
  const consuming: Redis[] = [];
  return backendOver({
    kind: 'redis',
    now: redisClock(producing),
    add: async (queue, jobs) => {
      const base = `${prefix}:${queue.name}:`;
      const keys = [...JOB_LISTS, ...JOB_SETS].map((key) => base + key);
      const add = (): Promise<unknown> => queue.addBulk(jobs as never);
      const [forgotten] = await Promise.all([
        scripts.forgetTorn(...keys, base, ...jobs.map(({ opts }) => opts.jobId)),
        add(),
      ]);
      // Whichever came first: what is there already is not added twice.
      if (forgotten > 0) await add();
    },
    queue: (name) =>
      quiet(
        new Queue(name, {
          connection: producing,
          prefix,
          ...telemetry,
          defaultJobOptions: JOB_OPTIONS,
        } as QueueOptions) as unknown as AnyQueue,
      ),
    worker: (name, processor, workerOptions) => {
      const connection = connectRedis(url, { maxRetriesPerRequest: null });
      consuming.push(connection);
      return new Worker(name, processor, {
        ...workerOptions,
        connection,
        prefix,
        ...telemetry,
      } as WorkerOptions) as unknown as AnyWorker;
    },
    endOverlong: async (queue) => {
      const base = `${prefix}:${queue.name}:`;
      const keys = ['stalled-check', 'active', 'delayed'].map((key) => base + key);
      // The score of a delayed job is its time in 4096ths of a millisecond. Workers' clocks may be apart a little.
      const score = (Date.now() + 2 * RETRY_DELAY_MAX_MS) * 0x1000;
      const late = await scripts.endOverlong(...keys, base, STALLED_INTERVAL_MS, LOCK_DURATION_MS, score);
      for (const id of late) await (await queue.getJob(id))?.promote();
    },
    wrapUnreadable: async (queue) => {
      const base = `${prefix}:${queue.name}:`;
      const wrapped: string[] = [];
      for (const id of await producing.lrange(`${base}active`, 0, -1)) {
        const [data, opts] = await producing.hmget(base + id, 'data', 'opts');
        const areReadable = { data: isJson(data), opts: isJson(opts) && opts !== 'null' };
        if (areReadable.data && areReadable.opts) continue;
        const readable = {
          ...(areReadable.data ? {} : { data: JSON.stringify(data) }),
          ...(areReadable.opts ? {} : { opts: JSON.stringify(JOB_OPTIONS) }),
        };
        // Nobody handles it: without the lock it is soon taken again.
        await producing
          .multi()
          .hset(base + id, readable)
          .del(`${base}${id}:lock`)
          .exec();
        wrapped.push(id);
      }
      return wrapped;
    },
    ready: () => readyWithin(producing),
    memory: async () => {
      await readyWithin(producing);
      const info = await producing.info('memory');
      const value = (name: string): string => new RegExp(`^${name}:([\\w-]+)`, 'm').exec(info)?.[1] ?? '';
      const policy = value('maxmemory_policy');
      return {
        usedBytes: Number(value('used_memory')),
        boundBytes: Number(value('maxmemory')) || Infinity,
        ...(policy === '' || policy === 'noeviction' ? {} : { eviction: policy }),
      };
    },
    ping: async () => {
      await readyWithin(producing);
      await producing.ping();
    },
    close: async () => {
      for (const connection of [producing, ...consuming]) connection.disconnect();
    },
  });
}

/** Whether a field of a job is JSON; BullMQ takes one that is missing or empty for an empty object. */
function isJson(text: string | null | undefined): boolean {
  try {
    JSON.parse(text || '{}');
    return true;
  } catch {
    return false;
  }
}
