const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Tells where a clock has gone ahead by more than a day within no time: it was set right, or it is wrong now and will be, and nobody
 * knows which. For a day, in which whoever looks after it finds out, nothing should be deleted for its sake.
 */
export class ClockSteps {
  readonly #doubtMs: number;
  #last: { clockMs: number; runMs: number } | undefined;
  #aheadMs = 0;
  #doubtedUntilMs = -Infinity;

  /** @param doubtMs how long a clock is doubted after such a step */
  constructor(doubtMs = DAY_MS) {
    this.#doubtMs = doubtMs;
  }

  /** Whether no time has been told yet. */
  get isNew(): boolean {
    return this.#last === undefined;
  }

  /**
   * Takes in what the clock says.
   * @param clockMs epoch ms
   * @param runMs by the performance clock
   * @returns days by which the clock has gone ahead since it was told last; undefined where that is none worth telling
   */
  tell(clockMs: number, runMs: number): number | undefined {
    const last = this.#last;
    this.#last = { clockMs, runMs };
    const stepMs = last === undefined ? 0 : clockMs - last.clockMs - (runMs - last.runMs);
    const wasAheadMs = this.aheadMs(runMs);
    // Set back as far, it is what it was.
    if (stepMs < -DAY_MS) this.#aheadMs = Math.max(0, wasAheadMs + stepMs);
    if (stepMs <= DAY_MS) return undefined;
    this.#aheadMs = wasAheadMs + stepMs;
    this.#doubtedUntilMs = runMs + this.#doubtMs;
    return Math.round(stepMs / DAY_MS);
  }

  /**
   * How far the clock may be ahead, ms; 0 where it is not doubted.
   * @param runMs by the performance clock
   */
  aheadMs(runMs: number): number {
    return runMs < this.#doubtedUntilMs ? this.#aheadMs : 0;
  }
}
