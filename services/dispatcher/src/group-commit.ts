import type { ScoredBatch } from '@vigil/shared/contracts';

/** Most events in one transaction: bounds its memory and how long its locks are held. */
const GROUP_EVENTS_MAX = 5_000;

interface Waiting {
  batch: ScoredBatch;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers batches that arrive while a transaction is under way and stores them together in the next one: under load a commit's
 * fixed cost is shared, when idle nobody waits.
 */
export class GroupCommit {
  readonly #store: (batches: ScoredBatch[]) => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #running = false;

  constructor(store: (batches: ScoredBatch[]) => Promise<void>) {
    this.#store = store;
  }

  /** Resolves when the batch is committed; rejects with what kept its group from it. */
  add(batch: ScoredBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const group = this.#take();
      try {
        await this.#store(group.map((waiting) => waiting.batch));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = false;
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
