import type { LineBatch } from '@vigil/shared/contracts';
import type { Logger } from '@vigil/shared/logging/logger';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import type { IngestMetrics } from './metrics.ts';

/** The queues' depth is asked for this often. */
const ASK_INTERVAL_MS = 250;
/** Queues that have not answered after this long take nothing either. */
const ANSWER_MAX_MS = 2_000;
/** Batches that wait without anybody being behind: those that the scorers take next. */
const WAITING_USUAL = 8;
/** While scorers are behind, sources are read less often by this factor. */
const BEHIND_FACTOR = 5;
/** Taking in starts again once the queue is down to this share of its bound: no flapping at the edge. */
const LOW_WATER = 0.75;

export type Admission = { open: true } | { open: false; reason: 'queue_full' | 'memory_full' | 'queue_unreachable' };

export interface QueueFill {
  /** Batches to be scored or stored at the last look, and those enqueued since. */
  waiting: number;
  /** The store's memory likewise. */
  usedBytes: number;
  boundBytes: number;
}

/** Whether more may be taken in. Once closed, it stays so down to the low-water mark. */
export function admit(
  wasOpen: boolean,
  fill: QueueFill,
  bounds: Pick<BackpressureOptions, 'waitingMax' | 'memoryShareMax'>,
): Admission {
  const waitingMax = wasOpen ? bounds.waitingMax : Math.max(1, Math.floor(bounds.waitingMax * LOW_WATER));
  if (fill.waiting >= waitingMax) return { open: false, reason: 'queue_full' };
  // Memory that the queue does not hold may never be given back, so its mark has no distance to a lower one.
  return fill.usedBytes >= fill.boundBytes * bounds.memoryShareMax
    ? { open: false, reason: 'memory_full' }
    : { open: true };
}

/**
 * How often a source that grows is read. While batches wait, reading sooner gains nothing, and few large batches cost the scorers less
 * than many small ones: so they catch up.
 * @param usualMs while nobody is behind
 */
export function flushIntervalMs(usualMs: number, waiting: number): number {
  return waiting > WAITING_USUAL ? usualMs * BEHIND_FACTOR : usualMs;
}

export interface BackpressureOptions {
  queue: Pick<QueueBackend, 'depth' | 'memory'>;
  /** Batches waiting, in both queues together, above which nothing is taken in. */
  waitingMax: number;
  /**
   * Share of the store's memory above which nothing is taken in. The rest is for those who work the queue off: a full Redis would
   * refuse them, too.
   */
  memoryShareMax: number;
  metrics: IngestMetrics;
  log: Logger;
  onChange: () => void;
}

/**
 * Watches the queues: what waits to be scored, and what waits to be stored, which grows instead where nobody stores. Closed while they,
 * or their store's memory, are over their bound, or while they do not answer.
 */
export class Backpressure {
  readonly #options: BackpressureOptions;
  #admission: Admission = { open: true };
  readonly #fill: QueueFill = { waiting: 0, usedBytes: 0, boundBytes: Infinity };
  readonly #decided = Promise.withResolvers<void>();
  #waitingAtLook = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #eviction: string | undefined;

  constructor(options: BackpressureOptions) {
    this.#options = options;
  }

  get admission(): Admission {
    return this.#admission;
  }

  /** Batches that waited for scorers when the queues were last asked. */
  get waitingAtLook(): number {
    return this.#waitingAtLook;
  }

  /** Resolves when it is known whether the queues are full or do not answer, before the first read, and goes on asking. */
  async start(): Promise<void> {
    void this.#ask();
    await this.#decided.promise;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Batches that were enqueued since the last look count at once. */
  added(batches: readonly LineBatch[]): void {
    this.#fill.waiting += batches.length;
    for (const { payload } of batches) this.#fill.usedBytes += payload.length;
    // It makes no room, whatever was enqueued before the queues fell silent.
    if (this.#admission.open) this.#decide(admit(true, this.#fill, this.#options));
  }

  /** One question at a time: those that a store does not answer must not pile up. */
  async #ask(): Promise<void> {
    const giveUp = (err?: unknown): void => this.#decide({ open: false, reason: 'queue_unreachable' }, err);
    const late = setTimeout(() => giveUp(), ANSWER_MAX_MS).unref();
    try {
      const { queue } = this.#options;
      const [lines, scored, memory] = await Promise.all([queue.depth('lines'), queue.depth('scored'), queue.memory()]);
      const waiting = lines.waiting + lines.delayed + scored.waiting + scored.delayed;
      this.#waitingAtLook = lines.waiting;
      const { usedBytes, boundBytes, eviction } = memory;
      Object.assign(this.#fill, { waiting, usedBytes, boundBytes });
      this.#noteEviction(eviction);
      this.#decide(admit(this.#admission.open, this.#fill, this.#options));
    } catch (err) {
      giveUp(err);
    } finally {
      clearTimeout(late);
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#ask(), ASK_INTERVAL_MS).unref();
  }

  /** It may be changed while everything runs, and nothing fails then: keys are only gone. */
  #noteEviction(eviction: string | undefined): void {
    if (eviction === this.#eviction) return;
    this.#eviction = eviction;
    const { log } = this.#options;
    if (eviction === undefined) log.info('Redis drops nothing any more');
    else
      log.warn(
        { policy: eviction },
        `Redis may drop ${eviction.startsWith('allkeys') ? 'what waits, and those lines are lost' : 'windows, on which scores rest, and locks of jobs'}: set maxmemory-policy noeviction`,
      );
  }

  /** @param err what the store said, where it does not answer as it should */
  #decide(admission: Admission, err?: unknown): void {
    this.#decided.resolve();
    const changed = admission.open !== this.#admission.open;
    this.#admission = admission;
    this.#options.metrics.backpressure.set(admission.open ? 0 : 1);
    if (!changed) return;
    if (admission.open) this.#options.log.info(this.#fill, 'taking lines in again');
    else this.#options.log.warn({ ...this.#fill, reason: admission.reason, err }, 'taking no lines in');
    this.#options.onChange();
  }
}
