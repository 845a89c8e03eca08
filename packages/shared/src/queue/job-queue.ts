import { CONTRACT_VERSION, type LineBatch } from '../contracts/line-batch.ts';
import type { ScoredBatch } from '../contracts/scored-batch.ts';
import type { Logger } from '../logging/logger.ts';

/**
 * The queue seam: what Vigil asks of BullMQ, whichever store BullMQ runs on.
 * Delivery is at least once; job ids make adding twice harmless while the first job exists, and consumers are idempotent beyond.
 */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  producer<N extends QueueName>(queue: N): JobProducer<QueueJobs[N]>;
  /** Starts taking jobs at once. */
  consumer(queue: QueueName, handle: JobHandler, options: ConsumerOptions): JobConsumer;
  depth(queue: QueueName): Promise<QueueDepth>;
  /** The store's memory. */
  memory(): Promise<StoreMemory>;
  /** Throws where the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreMemory {
  usedBytes: number;
  /** Redis' `maxmemory`; Infinity where there is none. */
  boundBytes: number;
  /**
   * By which `maxmemory-policy` Redis drops keys to stay below that; undefined where it drops none. Jobs are dropped by those of `allkeys`;
   * others drop what has an end of its own, as locks and windows have.
   */
  eviction?: string;
}

/** In the order in which a line goes through them. */
export const QUEUE_NAMES = ['lines', 'scored'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Jobs of each queue. */
interface QueueJobs extends Record<QueueName, object> {
  lines: LineBatch;
  scored: ScoredBatch;
}

export interface JobProducer<T> {
  /**
   * Adds the jobs in order. Resolves only when the store has accepted all of them; a failure may leave some added, and adding all
   * of them again is right. Texts in them must be storable (`storableText`), or a store may refuse them for good.
   */
  addAll(jobs: readonly { id: string; data: T }[]): Promise<void>;
}

export interface Job {
  id: string;
  /** Not parsed: a job may come from an older or newer release. */
  data: unknown;
  /** Deliveries so far, from 1. */
  attempt: number;
  /** Times that a worker died or hung with the job in its hands. */
  stalls: number;
}

/** A rollout stalls a job once per replaced pod; only what stops its workers again and again is given up. */
const STALLS_MAX = 10;

/** Why a job is not to be tried once more, or undefined. Whoever handles it then puts it to the dead letters. */
export function whyHopeless({ stalls }: Pick<Job, 'stalls'>): string | undefined {
  return stalls > STALLS_MAX ? `${stalls} workers died or hung with this job in their hands` : undefined;
}

/** With the queue's pauses between tries these are ten minutes: as long as consumers of both releases may run beside each other. */
const HANDED_BACK_MAX = 25;

/**
 * Leaves a job of a later release to whoever of that release comes to take it, by throwing. Where nobody has in ten minutes, nobody may
 * come at all, as after going back for good, and the job is to be handled like any that cannot be read.
 * @throws where it is left
 */
export function leaveToLaterRelease({ id, data, attempt }: Job, log: Logger): void {
  const version = (data as { v?: unknown } | null | undefined)?.v;
  if (typeof version !== 'number' || version <= CONTRACT_VERSION || attempt > HANDED_BACK_MAX) return;
  if (attempt === 1) log.warn({ job: id, version }, 'a job is of a later release, and left to it for ten minutes');
  throw new Error(`contract version ${version}; this release knows ${CONTRACT_VERSION}`);
}

/** Resolves when the job is done for good; whatever it throws is transient and the job comes again later. */
export type JobHandler = (job: Job) => Promise<void>;

export interface ConsumerOptions {
  /** Jobs handled at once. */
  concurrency: number;
  onError: (error: Error) => void;
}

export interface JobConsumer {
  /** Begins with no new job from now on while so many are at hand, though it may hold some already. */
  limitTo(concurrency: number): void;
  /** Takes no new job and resolves when those at hand are done. Bounded by the caller. */
  close(): Promise<void>;
  /** Whether the worker loop still runs: false where it died while the process lives. */
  isRunning(): boolean;
  /** When a job was last taken or finished, ms of the performance clock. */
  lastActivityMs(): number;
}

export interface QueueDepth {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  /** Age of the oldest waiting job, seconds; 0 where none waits. */
  oldestAgeSeconds: number;
}
