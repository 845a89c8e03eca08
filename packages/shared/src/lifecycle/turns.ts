/**
 * Lets a limited number of pieces of work run at once; the others wait in their order. The limit may change with each piece: a piece
 * may set it for those behind it until it first awaits something.
 */
export class Turns {
  limit: number;
  #taken = 0;
  #waiting: PromiseWithResolvers<void>[] = [];
  #isClosed = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Resolves or rejects as `work` does. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length === 0 && this.#taken < this.limit) this.#taken += 1;
    else if (this.#isClosed) throw closed();
    else await this.#wait();
    try {
      const done = work();
      // Not before: this one may have lowered the limit.
      this.#callNext();
      return await done;
    } finally {
      this.#taken -= 1;
      this.#callNext();
    }
  }

  /** What waits for its turn is rejected, and so is what comes later and would have to wait. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting) reject(closed());
    this.#waiting = [];
  }

  #wait(): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn);
    return turn.promise;
  }

  #callNext(): void {
    if (this.#taken >= this.limit) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#taken += 1;
    next.resolve();
  }
}

function closed(): Error {
  return new Error('closed before its turn');
}
