import { setTimeout as delay } from 'node:timers/promises';

/** The other side wants no requests for now, and may say for how long. */
export class RetryLaterError extends Error {
  override readonly name = 'RetryLaterError';
  /** The next try waits at least this long, even if that is more than `delayMaxMs`. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface RetryOptions {
  /** First wait; doubled after each failure. */
  delayMs?: number;
  delayMaxMs?: number;
  signal?: AbortSignal;
  /** Which errors are worth another try; all by default. */
  isTransient?: (error: unknown) => boolean;
  onRetry?: (error: unknown, attempt: number) => void;
  /** Called where `work` succeeded at last, with how often it had failed. */
  onRecovery?: (failures: number) => void;
}

/**
 * Calls `work` until it succeeds, waiting longer after each failure, up to `delayMaxMs`, with jitter, and at least as long as a
 * `RetryLaterError` asks for.
 * @throws the last error where it is not transient or `signal` was aborted
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { delayMs = 100, delayMaxMs = 5_000, signal, isTransient = () => true, onRetry, onRecovery } = options;
  for (let attempt = 1; ; attempt += 1) {
    let result: T;
    try {
      result = await work();
    } catch (error) {
      if (signal?.aborted === true || !isTransient(error)) throw error;
      onRetry?.(error, attempt);
      const ownMs = Math.min(delayMs * 2 ** (attempt - 1), delayMaxMs) * (0.5 + Math.random() / 2);
      const waitMs = error instanceof RetryLaterError ? Math.max(ownMs, error.retryAfterMs) : ownMs;
      // An abort ends the wait; the next call of `work` decides by itself, and its failure is final.
      await delay(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      continue;
    }
    if (attempt > 1) onRecovery?.(attempt - 1);
    return result;
  }
}
