import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  timeoutMs: number;
  /** What is waited for, for the error message. */
  what: string;
  intervalMs?: number;
};

/** Polls until `check` gives something other than undefined or false; rejects with the last failure after the timeout. */
export async function waitUntil<T>(
  check: () => Promise<T> | T,
  options: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + options.timeoutMs;
  let failure: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
      failure = undefined;
    } catch (error) {
      if (error instanceof FatalError) throw error.cause;
      failure = error;
    }
    if (Date.now() >= deadline) {
      const last = failure instanceof Error ? ` (${failure.message})` : '';
      throw new Error(`${options.what}: not within ${options.timeoutMs} ms${last}`, { cause: failure });
    }
    await delay(options.intervalMs ?? 20);
  }
}

/** Thrown by a check to end the waiting at once with its cause. */
export class FatalError extends Error {}
