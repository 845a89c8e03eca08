import type { WindowDelta } from '@vigil/detection/windows/window-delta';
import { BUCKET_FIELDS, F, mergeBucket, MINUTES_KEPT, SLOW_PERIODS_KEPT } from '@vigil/detection/windows/bucket';
import { keepBuckets, moveLast } from '@vigil/detection/windows/keep-buckets';
import { ownCopy } from '@vigil/detection/text/own-copy';
import { keepNewest } from '@vigil/shared/collections/keep-newest';
import { BATCH_TTL_MS, MINUTES_TTL_MS, PERIODS_TTL_MS, type Histories, type WindowStore } from './window-store.ts';

interface Entry {
  /** A string of its own: one that was cut from a line would keep the line alive. */
  key: string;
  buckets: Float64Array;
  expiresAtMs: number;
}

export interface MemoryWindowStoreOptions {
  /** Clients kept at most; the one that was quiet longest goes first. A client takes about 300 bytes per active minute. */
  clientsMax?: number;
  /** Batches remembered at most. */
  batchesMax?: number;
  /** A clock that is never set, ms. */
  now?: () => number;
}

const EMPTY = new Float64Array(0);

/** Windows of the embedded mode: in this process, bounded, gone with it. */
export function createMemoryWindowStore(options: MemoryWindowStoreOptions = {}): WindowStore {
  const { clientsMax = 50_000, batchesMax = 50_000, now = () => performance.now() } = options;
  // Maps keep insertion order and entries are put in anew when they change, so the first entry is the one to let go.
  const minutes = new Map<string, Entry>();
  const periods = new Map<string, Entry>();
  const batches = new Map<string, Entry>();

  const applyAll = (batchId: string, deltas: readonly WindowDelta[]): void => {
    const nowMs = now();
    for (const entries of [minutes, periods, batches]) expire(entries, nowMs);
    if (batches.has(batchId)) return;
    put(batches, { key: batchId, buckets: EMPTY, expiresAtMs: nowMs + BATCH_TTL_MS }, batchesMax);
    for (const delta of deltas) {
      merge(minutes, delta.key, delta.minutes, MINUTES_KEPT, nowMs + MINUTES_TTL_MS, clientsMax);
      if (delta.periods.length > 0)
        merge(periods, delta.key, delta.periods, SLOW_PERIODS_KEPT, nowMs + PERIODS_TTL_MS, clientsMax);
    }
  };

  return {
    kind: 'memory',
    apply: async (batchId, deltas): Promise<Histories> => {
      applyAll(batchId, deltas);
      const wanted = new Map(
        deltas.flatMap(({ key, wanted: isWanted }) =>
          isWanted
            ? [[key, { minutes: minutes.get(key)?.buckets ?? EMPTY, periods: periods.get(key)?.buckets ?? EMPTY }]]
            : [],
        ),
      );
      return (key) => wanted.get(key);
    },
    ping: async () => undefined,
    close: async () => undefined,
  };
}

function merge(
  entries: Map<string, Entry>,
  key: string,
  deltas: readonly Float64Array[],
  newestMax: number,
  expiresAtMs: number,
  clientsMax: number,
): void {
  const known = entries.get(key);
  let buckets: Float64Array = known?.buckets ?? EMPTY;
  // In place, also where a history was handed out: that others' requests show up in it before it is read is what Redis does, too.
  for (const delta of deltas) buckets = mergeOne(buckets, delta, newestMax);
  put(entries, { key: known?.key ?? ownCopy(key), buckets, expiresAtMs }, clientsMax);
}

/** @param buckets in the order in which they were written to last */
function mergeOne(buckets: Float64Array, delta: Float64Array, newestMax: number): Float64Array {
  if (buckets.length === 0) return delta.slice();
  const size = buckets.length / BUCKET_FIELDS;
  const period = delta[F.PERIOD]!;
  let oldest = Infinity;
  let newest = -Infinity;
  for (let index = size - 1; index >= 0; index -= 1) {
    const at = index * BUCKET_FIELDS;
    const other = buckets[at + F.PERIOD]!;
    if (other === period) {
      mergeBucket(buckets, at, delta, 0);
      moveLast(buckets, size, index);
      return buckets;
    }
    if (other < oldest) oldest = other;
    if (other > newest) newest = other;
  }
  // As time goes on, in place: room outside of V8's heap takes long to get.
  if (size === newestMax && period > newest && buckets[F.PERIOD] === oldest) {
    buckets.copyWithin(0, BUCKET_FIELDS);
    buckets.set(delta, buckets.length - BUCKET_FIELDS);
    return buckets;
  }
  const longer = new Float64Array(buckets.length + BUCKET_FIELDS);
  longer.set(buckets);
  longer.set(delta, buckets.length);
  const kept = keepBuckets(longer, size + 1, newestMax);
  return kept === size + 1 ? longer : longer.slice(0, kept * BUCKET_FIELDS);
}

function put(entries: Map<string, Entry>, entry: Entry, entriesMax: number): void {
  entries.delete(entry.key);
  entries.set(entry.key, entry);
  keepNewest(entries, entriesMax);
}

function expire(entries: Map<string, Entry>, nowMs: number): void {
  for (const [key, entry] of entries) {
    if (entry.expiresAtMs > nowMs) return;
    entries.delete(key);
  }
}
