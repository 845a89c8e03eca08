/** Lines in a row without a request among them that make a source look as if it were no access log. */
export const UNREADABLE_LINES_MIN = 20;

/** Sources remembered at most. */
const SOURCES_MAX = 1000;

/** Tells once that a source holds no requests: its operator followed the wrong file, or has to set its format. */
export class UnreadableSources {
  readonly #linesInARow = new Map<string, number>();

  /** @returns whether this batch is what shows it */
  showsNow(source: string, lines: number, unparsable: number): boolean {
    const before = this.#linesInARow.get(source) ?? 0;
    if (before >= UNREADABLE_LINES_MIN) return false;
    if (this.#linesInARow.size >= SOURCES_MAX) this.#linesInARow.clear();
    const now = unparsable === lines ? before + lines : 0;
    this.#linesInARow.set(source, now);
    return now >= UNREADABLE_LINES_MIN;
  }
}
