/** Open connections, in all and per key, against their limits. */
export class ConnectionCounts {
  readonly #counts = new Map<string, number>();

  /** Counts a connection under each of the names, unless one is at its limit: then that name comes back and nothing is counted. */
  open(limits: readonly { name: string; max: number }[]): { refusedBy: string } | { close: () => void } {
    const full = limits.find(({ name, max }) => (this.#counts.get(name) ?? 0) >= max);
    if (full !== undefined) return { refusedBy: full.name };
    for (const { name } of limits) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      for (const { name } of limits) {
        const left = this.#counts.get(name)! - 1;
        if (left === 0) this.#counts.delete(name);
        else this.#counts.set(name, left);
      }
    };
    return { close };
  }
}
