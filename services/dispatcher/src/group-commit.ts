import type { ScoredBatch } from '@vigil/shared/contracts';
import { Wakeup } from './wakeup.ts';

/** Most events in one transaction: bounds its memory and how long its locks are held. */
const GROUP_EVENTS_MAX = 5_000;

export interface GroupCommitOptions {
  /** Stores a group. */
  store: (batches: ScoredBatch[]) => Promise<void>;
  /** Batches that can be at hand at once: when so many wait, no more will come. */
  batchesMax: number;
  /** Transactions begin at least this far apart, or as soon as `batchesMax` wait. */
  intervalMs: number;
}

interface Waiting {
  batch: ScoredBatch;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers batches that arrive within an interval, or while a transaction is under way, and stores them together: a transaction costs
 * as much as fifty events, so under load it is shared. Whoever comes first after a pause does not wait.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #waiting: Waiting[] = [];
  readonly #full = new Wakeup();
  #running = false;
  #lastStartMs = -Infinity;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when the batch is committed; rejects with what kept its group from it. */
  add(batch: ScoredBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (this.#isFull) this.#full.wake();
      if (!this.#running) void this.#run();
    });
  }

  get #isFull(): boolean {
    return this.#waiting.length >= this.#options.batchesMax;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await this.#gather();
      const group = this.#take();
      try {
        await this.#options.store(group.map((waiting) => waiting.batch));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = false;
  }

  /** Waits until the interval since the last transaction's begin is over. */
  async #gather(): Promise<void> {
    for (;;) {
      const waitMs = this.#lastStartMs + this.#options.intervalMs - performance.now();
      if (waitMs <= 0 || this.#isFull) break;
      await this.#full.wait(waitMs);
    }
    this.#lastStartMs = performance.now();
  }

  #take(): Waiting[] {
    let events = 0;
    let count = 0;
    for (const { batch } of this.#waiting) {
      events += batch.detections.length;
      if (count > 0 && events > GROUP_EVENTS_MAX) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
