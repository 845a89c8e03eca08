import type { WindowDelta } from '@vigil/detection/windows/window-delta';
import type { StoredHistory } from '@vigil/detection/windows/history';

/** What the store holds by a key that the batch wants, the batch included. */
export type Histories = (key: string) => StoredHistory | undefined;

/**
 * The window seam: who keeps the clients' buckets. Merging is commutative, so any number of scorers may share a store.
 */
export interface WindowStore {
  readonly kind: 'memory' | 'redis';
  /**
   * Merges a batch's deltas, once however often the batch comes within `BATCH_TTL_MS` (its id is remembered in the same atomic step),
   * and returns the histories of the clients that it wants. What is merged is kept for at least ten minutes of wall time.
   * @throws where the store cannot be reached or refuses; then any part of the batch may have been merged, and calling again with
   * the same deltas is right
   */
  apply(batchId: string, deltas: readonly WindowDelta[]): Promise<Histories>;
  /** Throws where the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How long a client's minutes are kept after its last request, wall time: the widest window and some lateness. */
export const MINUTES_TTL_MS = 15 * 60_000;
/** How long slow buckets are kept after their last change: the span that they are read over. */
export const PERIODS_TTL_MS = 6 * 3_600_000;
/**
 * How long a batch is remembered: as long as the minutes that merging it again would count twice. One that comes later still counts
 * twice in the slow buckets; a batch takes Redis 150 bytes, which for as long as those live is more than the windows are worth.
 */
export const BATCH_TTL_MS = MINUTES_TTL_MS;
