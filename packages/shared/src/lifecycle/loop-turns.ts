import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Gives each step of work a turn of the event loop of its own, in the order in which they ask. Steps that come together (batches at hand,
 * a thousand clients that catch up) would otherwise add up to one long turn, in which nothing live goes on, no probe is answered and no
 * queue lock renewed.
 */
export class LoopTurns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves in a turn that nobody else was given; it lasts until the caller awaits something. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => nextTurn());
    return this.#last;
  }
}
