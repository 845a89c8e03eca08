import type { IQueueBackend, JobsOptions, Queue, Worker, WorkerOptions } from 'bullmq';
import type { QueueBackend, QueueName } from './job-queue.ts';

/** Retries wait 0.5 s, 1 s, 2 s … up to this. */
export const RETRY_DELAY_MAX_MS = 30_000;

/** A lock this short lets another worker take over a killed worker's job well within 30 s. */
export const LOCK_DURATION_MS = 10_000;
/** How often each worker looks for jobs whose lock has ended. */
export const STALLED_INTERVAL_MS = 5_000;

/** Never: what BullMQ gives up ends in a set that nobody reads and no account knows. Handlers look at the count themselves. */
const STALLED_COUNT_MAX = 1_000_000_000;

export const JOB_OPTIONS: JobsOptions = {
  // Handlers dead-letter what is hopeless themselves, so whatever is retried is worth it, however long an outage lasts.
  attempts: 1_000_000,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: false,
  // Of its failures a job keeps the last; all of them would be more than the job in an outage of hours.
  stackTraceLimit: 1,
};

export const WORKER_OPTIONS = {
  lockDuration: LOCK_DURATION_MS,
  stalledInterval: STALLED_INTERVAL_MS,
  maxStalledCount: STALLED_COUNT_MAX,
  settings: { backoffStrategy: (attempt: number) => Math.min(500 * 2 ** (attempt - 1), RETRY_DELAY_MAX_MS) },
};

export type AnyQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, unknown>;
export type AnyWorker = Worker<unknown, unknown, string, IQueueBackend, never, unknown>;

export interface NewJob {
  name: QueueName;
  data: unknown;
  /** `timestamp` is when it was added, by the store's clock. */
  opts: { jobId: string; timestamp: number };
}

/** What is used of BullMQ's jobs. */
export interface StoredJob {
  id?: string | undefined;
  data: unknown;
  attemptsStarted: number;
  stalledCounter: number;
}

export type JobProcessor = (job: StoredJob) => Promise<void>;

/** What differs between the stores that BullMQ runs on. */
export interface BullMqStore {
  kind: 'redis' | 'postgres';
  /** What the clock says that all who use the store share, epoch ms: their own may be apart. */
  now(): Promise<number>;
  /** Adds the jobs in order. */
  add(queue: AnyQueue, jobs: readonly NewJob[]): Promise<void>;
  queue(name: QueueName): AnyQueue;
  worker(name: QueueName, processor: JobProcessor, options: Omit<WorkerOptions, 'connection'>): AnyWorker;
  /** Ends locks and delays that last longer than any correct clock can have set them to. */
  endOverlong(queue: AnyQueue): Promise<void>;
  /**
   * Makes jobs at hand readable of which BullMQ itself can read nothing, as they are no JSON: their data becomes that text, so that whoever
   * is to handle them can say what is wrong with them. Returns their ids.
   */
  wrapUnreadable(queue: AnyQueue): Promise<string[]>;
  /** Rejects soon where the store is away: BullMQ itself would wait for it. */
  ready(): Promise<void>;
  memory: QueueBackend['memory'];
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** BullMQ also emits what its calls reject with and what ends idle connections, and prints it where nobody listens. */
export function quiet(queue: AnyQueue): AnyQueue {
  queue.on('error', () => undefined);
  return queue;
}
