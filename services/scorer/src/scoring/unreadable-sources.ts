import { keepNewest } from '@vigil/shared/collections/keep-newest';

/** Lines in a row without a request among them that make a source look as if it were no access log. */
export const UNREADABLE_LINES_MIN = 20;

/** Sources without requests that are remembered at most; the one that is known longest goes first. */
const SOURCES_MAX = 1000;

/** Tells once that a source holds no requests: its operator followed the wrong file, or has to set its format. */
export class UnreadableSources {
  readonly #linesInARow = new Map<string, number>();

  /**
   * @param requests lines of the batch that were read as requests
   * @param unparsable lines that could be none; blank ones, which many a wrong file has, are neither
   * @returns whether this batch is what shows it
   */
  showsNow(source: string, requests: number, unparsable: number): boolean {
    const before = this.#linesInARow.get(source) ?? 0;
    if (before >= UNREADABLE_LINES_MIN) return false;
    if (requests > 0) {
      this.#linesInARow.delete(source);
      return false;
    }
    this.#linesInARow.set(source, before + unparsable);
    keepNewest(this.#linesInARow, SOURCES_MAX);
    return before + unparsable >= UNREADABLE_LINES_MIN;
  }
}
