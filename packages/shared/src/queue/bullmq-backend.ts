import {
  Queue,
  Worker,
  createPostgresBackend,
  withBackend,
  type IQueueBackend,
  type JobsOptions,
  type QueueOptions,
  type Telemetry,
  type WorkerOptions,
} from 'bullmq';
import type { Redis } from 'ioredis';
import { Turns } from '../lifecycle/turns.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { DEFAULT_QUEUE_PREFIX } from '../redis/queue-prefix.ts';
import { readyWithin } from '../redis/ready-within.ts';
import type { Database } from '../storage/database.ts';
import type {
  ConsumerOptions,
  Job,
  JobConsumer,
  JobHandler,
  JobProducer,
  QueueBackend,
  QueueDepth,
  QueueName,
} from './job-queue.ts';
import { OVERLONG_SCRIPT } from './overlong.ts';
import { packData, unpackData } from './packed-data.ts';

/** Retries wait 0.5 s, 1 s, 2 s … up to this. */
const RETRY_DELAY_MAX_MS = 30_000;

/** A lock this short lets another worker take over a killed worker's job well within 30 s. */
const LOCK_DURATION_MS = 10_000;
const STALLED_INTERVAL_MS = 5_000;
/** How often it is looked for what a clock that was ahead has put off. */
const OVERLONG_INTERVAL_MS = 15_000;
/** Jobs that a look reads for it where it has to read them whole. */
const OVERLONG_JOBS_MAX = 100;

/** Never: what BullMQ gives up ends in a set that nobody reads and no account knows. Handlers look at the count themselves. */
const STALLED_COUNT_MAX = 1_000_000_000;

const JOB_OPTIONS: JobsOptions = {
  // Handlers dead-letter what is hopeless themselves, so whatever is retried is worth it, however long an outage lasts.
  attempts: 1_000_000,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: false,
  // Of its failures a job keeps the last; all of them would be more than the job in an outage of hours.
  stackTraceLimit: 1,
};

/** BullMQ's own schema in PostgreSQL. */
const POSTGRES_SCHEMA = 'bullmq';

const WORKER_OPTIONS = {
  lockDuration: LOCK_DURATION_MS,
  stalledInterval: STALLED_INTERVAL_MS,
  maxStalledCount: STALLED_COUNT_MAX,
  settings: { backoffStrategy: (attempt: number) => Math.min(500 * 2 ** (attempt - 1), RETRY_DELAY_MAX_MS) },
};

/** Queues whose jobs are worth packing; those of the others are packed by who makes them. */
const PACKED: ReadonlySet<QueueName> = new Set<QueueName>(['scored']);

type AnyQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, unknown>;
type AnyWorker = Worker<unknown, unknown, string, IQueueBackend, never, unknown>;

interface NewJob {
  name: QueueName;
  data: unknown;
  opts: { jobId: string };
}

/** What is used of BullMQ's jobs. */
interface StoredJob {
  id?: string | undefined;
  data: unknown;
  attemptsStarted: number;
  stalledCounter: number;
}
type JobProcessor = (job: StoredJob) => Promise<void>;

interface Store {
  kind: 'redis' | 'postgres';
  /** Adds the jobs in order. */
  add(queue: AnyQueue, jobs: readonly NewJob[]): Promise<void>;
  queue(name: QueueName): AnyQueue;
  worker(name: QueueName, processor: JobProcessor, options: Omit<WorkerOptions, 'connection'>): AnyWorker;
  /** Ends what waits for a time that no clock which was right can have meant. */
  endOverlong(queue: AnyQueue): Promise<void>;
  /** Rejects soon where the store is away: BullMQ itself would wait for it. */
  ready(): Promise<void>;
  memory: QueueBackend['memory'];
  ping(): Promise<void>;
  close(): Promise<void>;
}

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
  const scripts = producing as Redis & { endOverlong(...args: (string | number)[]): Promise<string[]> };
  const consuming: Redis[] = [];
  return backendOver({
    kind: 'redis',
    add: async (queue, jobs) => void (await queue.addBulk(jobs as never)),
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
    ready: () => readyWithin(producing),
    memory: async () => {
      await readyWithin(producing);
      const info = await producing.info('memory');
      const value = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
      return { usedBytes: value('used_memory'), boundBytes: value('maxmemory') || Infinity };
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

/** BullMQ on PostgreSQL (embedded mode): the same queues in a schema of their own, made on first use. */
export function createPostgresQueueBackend(url: string, options: { schema?: string } = {}): QueueBackend {
  const postgres = withBackend(createPostgresBackend);
  const connection = { connectionString: url, schema: options.schema ?? POSTGRES_SCHEMA, migrate: true, max: 6 };
  let pinged: AnyQueue | undefined;
  const queue = (name: QueueName): AnyQueue =>
    quiet(new postgres.Queue(name, { connection, defaultJobOptions: JOB_OPTIONS }) as unknown as AnyQueue);
  return backendOver({
    kind: 'postgres',
    // A bulk makes two temporary tables in the catalogue each time, which takes more than the jobs themselves.
    add: async (to, jobs) => {
      for (const { name, data, opts } of jobs) await to.add(name, data, opts);
    },
    queue,
    worker: (name, processor, workerOptions) =>
      new postgres.Worker(name, processor, { ...workerOptions, connection } as never) as unknown as AnyWorker,
    // Whoever handles jobs there does so alone, and has freed them at its start: there is one clock, which may have been ahead since.
    endOverlong: async (from) => {
      const late = Date.now() + 2 * RETRY_DELAY_MAX_MS;
      const waiting = await from.getJobs(['delayed'], 0, OVERLONG_JOBS_MAX - 1);
      for (const job of waiting) if ((job.processedOn ?? 0) > late) await job.promote();
    },
    ready: async () => undefined,
    // Its queue lies on disk.
    memory: async () => ({ usedBytes: 0, boundBytes: Infinity }),
    ping: async () => {
      pinged ??= queue('lines');
      await pinged.getJobCounts('wait');
    },
    close: async () => {
      await pinged?.close();
    },
  });
}

/**
 * Has PostgreSQL keep jobs as they come: their payloads are compressed already, and trying once more takes a fifth of its time and
 * saves nothing. Call it where the queues' schema exists, which the first `ping` makes.
 */
export async function keepJobsUncompressed(database: Pick<Database, 'query'>): Promise<void> {
  await database.query(`alter table ${POSTGRES_SCHEMA}.job alter column data set storage external`);
}

/**
 * Frees the jobs that a process which was killed had at hand, and has those that wait to be tried again tried at once. Only for whoever
 * alone handles jobs there, before it does: BullMQ would wait until their locks end, which is as far away as a clock has been ahead.
 */
export async function takeOverJobs(database: Pick<Database, 'query'>, schema = POSTGRES_SCHEMA): Promise<void> {
  // As BullMQ does with jobs whose worker is gone: whoever handles them is told how often that happened.
  await database.query(`
    update ${schema}.job set state = 'waiting', lock_token = null, locked_until_ms = null, stalled_marked = false,
      stalled_count = stalled_count + 1
    where state = 'active'`);
  await database.query(`update ${schema}.job set process_at_ms = 0 where state = 'delayed'`);
  await database.query(`delete from ${schema}.meta where field = 'stalled-check'`);
}

/** BullMQ also emits what its calls reject with and what ends idle connections, and prints it where nobody listens. */
function quiet(queue: AnyQueue): AnyQueue {
  queue.on('error', () => undefined);
  return queue;
}

function jobOf({ id = '', data, attemptsStarted: attempt, stalledCounter: stalls }: StoredJob): Job {
  return { id, data: unpackData(data), attempt, stalls };
}

function backendOver(store: Store): QueueBackend {
  const queues = new Map<QueueName, AnyQueue>();
  const workers: AnyWorker[] = [];
  const queueOf = (name: QueueName): AnyQueue => {
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = store.queue(name);
      queues.set(name, queue);
    }
    return queue;
  };
  /** BullMQ remembers for ever that a queue's first contact with the store failed, so such a queue is replaced. */
  const readyQueue = async (name: QueueName): Promise<AnyQueue> => {
    await store.ready();
    const queue = queueOf(name);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      if (queues.get(name) === queue) queues.delete(name);
      void queue.close().catch(() => undefined);
      throw error;
    }
  };
  return {
    kind: store.kind,
    producer: (name): JobProducer<unknown> => ({
      addAll: async (jobs) => {
        const queue = await readyQueue(name);
        await store.add(
          queue,
          jobs.map(({ id, data }) => ({ name, data: PACKED.has(name) ? packData(data) : data, opts: { jobId: id } })),
        );
      },
    }),
    consumer: (name, handle, options) =>
      consumerOver(store, name, handle, options, { workers, queue: () => readyQueue(name) }),
    depth: async (name) => depthOf(await readyQueue(name)),
    memory: () => store.memory(),
    ping: () => store.ping(),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await store.close();
    },
  };
}

function consumerOver(
  store: Store,
  name: QueueName,
  handle: JobHandler,
  options: ConsumerOptions,
  parts: { workers: AnyWorker[]; queue: () => Promise<AnyQueue> },
): JobConsumer {
  let lastActivityMs = performance.now();
  const atHand = new Set<Promise<void>>();
  // BullMQ fetches the next job with each one that ends, before anybody has looked at those that it fetched for others.
  const turns = new Turns(options.concurrency);
  const processor: JobProcessor = async (stored) => {
    lastActivityMs = performance.now();
    // Packed until its turn comes: that takes a part of the memory.
    const handled = turns.take(() => handle(jobOf(stored)));
    atHand.add(handled);
    try {
      await handled;
    } finally {
      atHand.delete(handled);
      lastActivityMs = performance.now();
    }
  };
  const worker = store.worker(name, processor, { ...WORKER_OPTIONS, concurrency: options.concurrency });
  worker.on('error', options.onError);
  parts.workers.push(worker);
  // A worker of an earlier release, still there during a rollout, lets BullMQ give jobs up: they come back to be handled, or dead-lettered.
  const takeBack = (): void => {
    void (async () => (await parts.queue()).retryJobs({ state: 'failed' }))().catch(options.onError);
  };
  // Where the store is away, there is a next time.
  const endOverlong = (): void => {
    void (async () => store.endOverlong(await parts.queue()))().catch(() => undefined);
  };
  const ending = setInterval(endOverlong, OVERLONG_INTERVAL_MS).unref();
  void worker.waitUntilReady().then(takeBack, () => undefined);
  void worker.waitUntilReady().then(endOverlong, () => undefined);
  worker.on('failed', (job) => {
    if (job?.finishedOn !== undefined) takeBack();
  });
  return {
    limitTo: (concurrency) => {
      turns.limit = concurrency;
      worker.concurrency = concurrency;
    },
    close: async () => {
      clearInterval(ending);
      // Others handle them sooner than they could be handled here one by one.
      turns.close();
      const isAway = await store.ready().then(
        () => false,
        () => true,
      );
      if (!isAway) return worker.close();
      // BullMQ would wait for the store; what nobody can tell it of comes again.
      await worker.close(true);
      await Promise.allSettled(atHand);
    },
    isRunning: () => worker.isRunning(),
    lastActivityMs: () => lastActivityMs,
  };
}

async function depthOf(queue: AnyQueue): Promise<QueueDepth> {
  const [counts, oldest] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed'),
    queue.getJobs(['wait'], 0, 0, true),
  ]);
  const oldestJob = oldest[0];
  return {
    waiting: (counts['wait'] ?? 0) + (counts['prioritized'] ?? 0),
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
    failed: counts['failed'] ?? 0,
    oldestAgeSeconds: oldestJob === undefined ? 0 : Math.max(0, (Date.now() - oldestJob.timestamp) / 1000),
  };
}
