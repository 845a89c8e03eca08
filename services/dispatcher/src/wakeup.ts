/** Lets one side wait until any of several others says that there is something to do. A call while nobody waits is remembered. */
export class Wakeup {
  #pending = false;
  readonly #waiting = new Set<() => void>();

  wake(): void {
    if (this.#waiting.size === 0) this.#pending = true;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves at the next `wake`, or after `timeoutMs`; says whether it was woken. */
  wait(timeoutMs: number): Promise<boolean> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const end = (isWoken: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(isWoken);
      };
      const wake = () => end(true);
      const timer = setTimeout(end, timeoutMs, false);
      this.#waiting.add(wake);
    });
  }
}
