/** How long to wait before the next try. */
export interface BackoffOptions {
  /** First wait; doubled after each failure. */
  delayMs: number;
  delayMaxMs: number;
  random?: () => number;
}

/**
 * Wait before try number `failures + 1`, milliseconds. With a hint from the server at least that long, and up to a quarter longer;
 * without one half of the exponential step plus a random share of the other half, so that thousands do not come back at once.
 */
export function backoffMs(failures: number, hintMs: number | undefined, options: BackoffOptions): number {
  const random = (options.random ?? Math.random)();
  if (hintMs !== undefined) return hintMs * (1 + random / 4);
  const step = Math.min(options.delayMs * 2 ** Math.max(0, failures - 1), options.delayMaxMs);
  return step * (0.5 + random / 2);
}
