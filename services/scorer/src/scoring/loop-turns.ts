import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Gives each piece of long work a turn of the event loop of its own. Batches at hand come and go together, and what each takes would
 * otherwise add up: for as long, probes are not answered and no queue lock is renewed.
 */
export class LoopTurns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves in a turn that nobody else was given. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => nextTurn());
    return this.#last;
  }
}
