import type { ScoredBatch } from '@vigil/shared/contracts';
import { Wakeup } from '../wakeup.ts';

/** Most events in one transaction: bounds its memory and how long its locks are held. */
const GROUP_EVENTS_MAX = 5_000;

/** This many events are worth a transaction of their own, whatever else may come. */
const GROUP_EVENTS_ENOUGH = 500;

/** Transactions begin at least this far apart while the pipeline keeps up, ms; an alert is told that much later. */
const INTERVAL_MIN_MS = 14;
/** While it does not, the interval grows to this share of the time that the oldest batch has been under way, up to a bound. */
const INTERVAL_SHARE_OF_AGE = 0.25;
const INTERVAL_MAX_MS = 500;
/** If none came for this long, the backlog is at its end, or scorers need longer for a batch than sharing a transaction is worth. */
const PAUSE_MAX_MS = 100;

export interface GroupCommitOptions {
  /** Stores a group. */
  store: (batches: ScoredBatch[]) => Promise<void>;
  /** Batches that can be at hand at once just now: when so many wait, no more will come. */
  batchesMax: () => number;
}

interface Waiting {
  batch: ScoredBatch;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers batches that arrive within an interval, or while a transaction is under way, and stores them together: a transaction costs
 * as much as some tens of events, so under load it is shared. Whoever comes first after a pause does not wait, and a batch that is seconds
 * old already can wait a little more, which is what lets a backlog go faster.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #waiting: Waiting[] = [];
  #waitingEvents = 0;
  readonly #full = new Wakeup();
  #running = false;
  #lastStartMs = -Infinity;
  #lastAddedMs = -Infinity;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when the batch is committed; rejects with what kept its group from it. */
  add(batch: ScoredBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#waitingEvents += batch.detections.length;
      this.#lastAddedMs = performance.now();
      if (this.#isFull) this.#full.wake();
      if (!this.#running) void this.#run();
    });
  }

  get #isFull(): boolean {
    return this.#waiting.length >= this.#options.batchesMax() || this.#waitingEvents >= GROUP_EVENTS_ENOUGH;
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

  /** Waits until the interval since the last transaction's begin is over, or no more batches come. */
  async #gather(): Promise<void> {
    const oldestMs = Math.min(...this.#waiting.map(({ batch }) => batch.readAtMs));
    const intervalMs = intervalAt(Date.now() - oldestMs);
    for (;;) {
      const endMs = Math.min(this.#lastStartMs + intervalMs, this.#lastAddedMs + PAUSE_MAX_MS);
      const waitMs = endMs - performance.now();
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
    const group = this.#waiting.splice(0, count);
    for (const { batch } of group) this.#waitingEvents -= batch.detections.length;
    return group;
  }
}

/** @param ageMs may be negative where clocks differ */
function intervalAt(ageMs: number): number {
  return Math.min(INTERVAL_MAX_MS, Math.max(INTERVAL_MIN_MS, ageMs * INTERVAL_SHARE_OF_AGE));
}
