import type { ScoredRequest } from '@vigil/shared/contracts';
import { alertColumnsOf } from '@vigil/shared/storage/alert-rows';

/** So much is kept for a relay that is behind, some megabytes at most. What it then does not find here it reads from PostgreSQL. */
const EVENTS_MAX = 5_000;
const PATHS_LENGTH_MAX = 2_000_000;

type AlertColumns = ReturnType<typeof alertColumnsOf>;

/** What this process has stored and the relay has not told yet, so that it need not read what was at hand a moment ago. */
export class UntoldEvents {
  readonly #columns = new Map<string, AlertColumns>();
  #pathsLength = 0;

  /** @param events which PostgreSQL has committed */
  add(events: readonly ScoredRequest[]): void {
    for (const event of events) {
      this.take(event.id);
      const columns = alertColumnsOf(event);
      this.#columns.set(event.id, columns);
      this.#pathsLength += columns.path.length;
    }
    for (const id of this.#columns.keys()) {
      if (this.#columns.size <= EVENTS_MAX && this.#pathsLength <= PATHS_LENGTH_MAX) break;
      this.take(id);
    }
  }

  /** What is known of an event, once. */
  take(id: string): AlertColumns | undefined {
    const columns = this.#columns.get(id);
    if (columns === undefined) return undefined;
    this.#columns.delete(id);
    this.#pathsLength -= columns.path.length;
    return columns;
  }
}
