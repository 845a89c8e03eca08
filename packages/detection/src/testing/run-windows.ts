import type { ParsedRequest, WindowFeatures } from '@vigil/shared/contracts';
import type { BehaviourEvidence, Evidence } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';
import { BatchWindows } from '../windows/batch-windows.ts';
import { BUCKET_FIELDS, F, mergeBucket } from '../windows/bucket.ts';
import type { StoredHistory } from '../windows/history.ts';

const START_MS = Date.UTC(2026, 2, 2, 12);
export const NOTHING: Evidence = { matches: [], weakHits: [], shadowMatches: new Map() };

/** A request at a second since noon, and what was found in it. */
export type Line = [Partial<ParsedRequest> & { second: number }, Evidence?];
export interface Visited {
  behaviour: readonly BehaviourEvidence[];
  features: WindowFeatures;
}

const at = ([{ second, ...part }]: Line): ParsedRequest =>
  requestOf({ ...part, timestampMs: START_MS + second * 1000 });

/** A store that merges one batch after another, as the real ones do. */
class Store {
  readonly histories = new Map<string, StoredHistory>();

  merge(windows: BatchWindows): void {
    for (const { key, minutes, periods } of windows.deltas()) {
      const known = this.histories.get(key);
      this.histories.set(key, {
        minutes: mergeAll(known?.minutes, minutes),
        periods: mergeAll(known?.periods, periods),
      });
    }
  }
}

function mergeAll(stored: Float64Array | undefined, added: readonly Float64Array[]): Float64Array {
  const slab = [...(stored ?? [])];
  for (const bucket of added) {
    const index = slab.findIndex((value, i) => i % BUCKET_FIELDS === F.PERIOD && value === bucket[F.PERIOD]);
    if (index === -1) slab.push(...bucket);
    else {
      const merged = Float64Array.from(slab);
      mergeBucket(merged, index, bucket, 0);
      slab.splice(0, slab.length, ...merged);
    }
  }
  return Float64Array.from(slab);
}

/** Runs lines through windows in batches; what was visited, by line. */
export function runWindows(lines: readonly Line[], batchLines = lines.length, exhaustive = true): Map<number, Visited> {
  const store = new Store();
  const visited = new Map<number, Visited>();
  for (let from = 0; from < lines.length; from += batchLines) {
    const windows = new BatchWindows({ exhaustive });
    const batch = lines.slice(from, from + batchLines);
    for (const [number, line] of batch.entries()) windows.add(number, at(line));
    for (const [number, line] of batch.entries()) windows.addEvidence(number, at(line), line[1] ?? NOTHING);
    store.merge(windows);
    windows.walk(
      (key) => store.histories.get(key),
      (line) => at(batch[line]!),
      (line, _request, _evidence, behaviour, features) =>
        void visited.set(from + line, { behaviour: [...behaviour], features: features() }),
    );
  }
  return visited;
}

export const numbered = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_value, i) => make(i));
export const rulesOf = (visited: Visited | undefined): string[] => (visited?.behaviour ?? []).map(({ rule }) => rule);
export const anyRule = (visited: Map<number, Visited>, rule: string): number =>
  [...visited.values()].filter((one) => rulesOf(one).includes(rule)).length;
