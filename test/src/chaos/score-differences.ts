import type { Truth } from './truth.ts';

export interface StoredEvent {
  id: string;
  score: number;
  byWindow: boolean;
}

export interface ScoreDifferences {
  /** Ids of events that the scan finds and the pipeline did not store. */
  missing: string[];
  /** The other way round. */
  surplus: string[];
  /** Ids of events that both have, with different scores. */
  rescored: string[];
  /** Those of all three that rest on no window, on neither side: the text alone says what they are, so nothing excuses them. */
  unexcused: string[];
}

/** What the pipeline stored beside what a scan of the same lines finds. */
export function scoreDifferences(events: Truth['events'], stored: readonly StoredEvent[]): ScoreDifferences {
  const storedById = new Map(stored.map((event) => [event.id, event]));
  const missing = [...events.keys()].filter((id) => !storedById.has(id));
  const surplus = [...storedById.keys()].filter((id) => !events.has(id));
  const rescored = stored
    .filter(({ id, score }) => Math.abs((events.get(id)?.score ?? score) - score) > 1e-9)
    .map(({ id }) => id);
  const isByWindow = (id: string): boolean =>
    events.get(id)?.byWindow === true || storedById.get(id)?.byWindow === true;
  const unexcused = [...missing, ...surplus, ...rescored].filter((id) => !isByWindow(id));
  return { missing, surplus, rescored, unexcused };
}
