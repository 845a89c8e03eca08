/**
 * Lets one at a time do a step of its work, and the event loop whatever else waits before the next: a thousand clients that catch up
 * together would otherwise keep what is live waiting for a step of each of them.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isPassing = false;

  /** Resolves when it is the caller's turn, which lasts until he awaits something. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isPassing) this.#pass();
    });
  }

  #pass(): void {
    this.#isPassing = this.#waiting.length > 0;
    if (!this.#isPassing) return;
    setImmediate(() => {
      this.#waiting.shift()?.();
      this.#pass();
    });
  }
}
