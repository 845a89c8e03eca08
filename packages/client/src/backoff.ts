/** How long to wait before the next try. */
export interface BackoffOptions {
  /** First wait; doubled after each failure. */
  delayMs: number;
  delayMaxMs: number;
  random?: () => number;
}

/** A hint is followed no further than this: alerts would be worth nothing then. */
export const HINT_MAX_MS = 15 * 60_000;

/** The longest that a timer waits; given more, it would not wait at all. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Wait before try number `failures + 1`, milliseconds: half of the exponential step plus a random share of the other half, so that
 * thousands do not come back at once. With a hint from the server at least that long and up to a quarter longer, but never less than
 * without: a hint of 0 must not become a busy loop.
 */
export function backoffMs(failures: number, hintMs: number | undefined, options: BackoffOptions): number {
  const random = (options.random ?? Math.random)();
  const step = Math.min(options.delayMs * 2 ** Math.max(0, failures - 1), options.delayMaxMs);
  const hint = Math.min(hintMs ?? 0, HINT_MAX_MS);
  return Math.min(Math.max(step * (0.5 + random / 2), hint * (1 + random / 4)), TIMER_MAX_MS);
}

/**
 * Of `Retry-After` (RFC 9110, 10.2.3), seconds or a date, milliseconds from now; undefined where it says nothing that can be followed.
 * The one of `@vigil/shared` comes with all that the services need.
 */
export function hintOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : ms;
}
