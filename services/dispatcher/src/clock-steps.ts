const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Tells where a clock has gone ahead by more than a day within no time: it was set right, or it is wrong now and will be, and nobody
 * knows which. What would be deleted by such a clock can wait for a day, in which whoever looks after it finds out.
 */
export class ClockSteps {
  readonly #doubtMs: number;
  #last: { clockMs: number; runMs: number } | undefined;
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
    const aheadMs = last === undefined ? 0 : clockMs - last.clockMs - (runMs - last.runMs);
    // Set back as far, it is what it was.
    if (aheadMs < -DAY_MS) this.#doubtedUntilMs = -Infinity;
    if (aheadMs <= DAY_MS) return undefined;
    this.#doubtedUntilMs = runMs + this.#doubtMs;
    return Math.round(aheadMs / DAY_MS);
  }

  /** @param runMs by the performance clock */
  isDoubted(runMs: number): boolean {
    return runMs < this.#doubtedUntilMs;
  }
}
