import type { ScoredBatch } from '@vigil/shared/contracts';

/**
 * Memory of the batches at hand, bytes. In the container that we deploy a dispatcher has three times as much beyond what it needs by
 * itself, for what it reads, writes and has not collected yet.
 */
const BYTES_MAX = 64 * 1024 * 1024;

/** What an event takes, as it comes from the queue and as it was checked, and each of its matches; measured on floods of attacks. */
const EVENT_BYTES = 4_000;
const MATCH_BYTES = 1_500;
/** Path and query stand in the line once more, and in the rows that are made of it. */
const TEXT_COPIES = 4;

/** The heaviest of so many batches says what the next ones may take. */
const REMEMBERED = 64;

/**
 * How many batches may be at hand. Taking many small ones at once is what makes storing them cheap. Large ones hold hardly an event as a
 * rule, and yet in a flood of attacks each of their lines is one; since the next ones may be its first, each line counts as one.
 */
export class JobsAtHand {
  readonly #max: number;
  readonly #recentBytes: number[] = [];
  /** The first batch tells what to reckon with. */
  limit = 1;

  /** @param max whatever they hold */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a batch into account. Returns how many may be at hand from now on. */
  after(batch: ScoredBatch): number {
    this.#recentBytes.push(bytesOf(batch));
    if (this.#recentBytes.length > REMEMBERED) this.#recentBytes.shift();
    const fitting = Math.floor(BYTES_MAX / Math.max(1, ...this.#recentBytes));
    this.limit = Math.min(this.#max, Math.max(1, fitting));
    return this.limit;
  }
}

function bytesOf({ detections, linesRead }: ScoredBatch): number {
  return detections.reduce(
    (bytes, { matches, line }) => bytes + EVENT_BYTES + matches.length * MATCH_BYTES + line.length * TEXT_COPIES,
    Math.max(0, linesRead - detections.length) * (EVENT_BYTES + MATCH_BYTES),
  );
}
