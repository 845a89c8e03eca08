import { keepNewest } from '@vigil/shared/collections/keep-newest';

const MINUTE_MS = 60_000;

/** Clocks that are looked after are never that far apart. */
const AHEAD_MIN_MS = 5 * MINUTE_MS;
/** So late come lines that are written or shipped in portions. */
const BEHIND_MIN_MS = 20 * MINUTE_MS;
/** One line with an odd time says nothing of the source's clock. */
const BATCHES_MIN = 3;
/** An old log is read faster than it was written; lines that are as late all this time are those of the moment. */
const BEHIND_FOR_MS = 10 * MINUTE_MS;
/** How much the lateness of one source varies, as lines are buffered. */
const SWAY_MS = 5 * MINUTE_MS;

const SOURCES_MAX = 1000;

interface Lateness {
  /** When its first batch was read, epoch ms. */
  sinceMs: number;
  batches: number;
  /** Least and most that lines were late, ms; negative where they were ahead. */
  leastMs: number;
  mostMs: number;
  isTold: boolean;
}

/** How far the times of a source are from the clock of whoever reads it, whole minutes. */
export interface ClockDifference {
  direction: 'ahead' | 'behind';
  minutes: number;
}

/** Tells once where the times of a source are not those of the moment: its zone is not in the log, or a clock is wrong. */
export class SourceClocks {
  readonly #sources = new Map<string, Lateness>();

  /**
   * @param timeMs of the last line of a batch, epoch ms
   * @param readAtMs when the batch was read
   * @returns what this batch shows, once
   */
  shows(source: string, timeMs: number, readAtMs: number): ClockDifference | undefined {
    const lateMs = readAtMs - timeMs;
    const known = this.#sources.get(source);
    const leastMs = Math.min(lateMs, known?.leastMs ?? lateMs);
    const mostMs = Math.max(lateMs, known?.mostMs ?? lateMs);
    if (known === undefined || mostMs - leastMs > SWAY_MS) {
      const isTold = known?.isTold ?? false;
      this.#sources.set(source, { sinceMs: readAtMs, batches: 1, leastMs: lateMs, mostMs: lateMs, isTold });
      keepNewest(this.#sources, SOURCES_MAX);
      return undefined;
    }
    known.batches += 1;
    known.leastMs = leastMs;
    known.mostMs = mostMs;
    if (known.isTold || known.batches < BATCHES_MIN) return undefined;
    const isAhead = mostMs < -AHEAD_MIN_MS;
    const isBehind = leastMs > BEHIND_MIN_MS && readAtMs - known.sinceMs >= BEHIND_FOR_MS;
    if (!isAhead && !isBehind) return undefined;
    known.isTold = true;
    return { direction: isAhead ? 'ahead' : 'behind', minutes: Math.round(Math.abs(lateMs) / MINUTE_MS) };
  }
}
