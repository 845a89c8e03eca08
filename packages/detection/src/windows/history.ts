import { BUCKET_FIELDS, clearBucket, F, observe, subtractBucket, type Observation } from './bucket.ts';

/** Buckets of one client as a store holds them: any number of them, one after another, in any order. */
export interface StoredHistory {
  minutes: Float64Array;
  /** Slow buckets. */
  periods: Float64Array;
}

/** One client's buckets of one length while a batch is walked: begins without the batch's lines and takes them in one by one. */
export class BucketSeries {
  /** `size` buckets, one after another. */
  slab: Float64Array;
  size: number;
  readonly periodMs: number;

  /**
   * @param stored buckets that include the batch's own lines
   * @param own the batch's buckets of this client, which are taken out
   */
  constructor(stored: Float64Array, own: readonly Float64Array[], periodMs: number) {
    this.periodMs = periodMs;
    this.size = stored.length / BUCKET_FIELDS;
    // Room for the batch's buckets, should the store have lost them.
    this.slab = new Float64Array(stored.length + own.length * BUCKET_FIELDS);
    this.slab.set(stored);
    for (const bucket of own) {
      const at = this.find(bucket[F.PERIOD]!);
      if (at !== -1) subtractBucket(this.slab, at, bucket, 0);
    }
  }

  /** Takes in one of the batch's own lines. */
  observe(seen: Observation): void {
    const period = Math.floor(seen.timestampMs / this.periodMs);
    let at = this.find(period);
    if (at === -1) {
      at = this.size * BUCKET_FIELDS;
      clearBucket(this.slab, at, period);
      this.size += 1;
    }
    observe(this.slab, at, this.periodMs, seen);
  }

  /** Where the period's bucket begins, or -1. */
  find(period: number): number {
    for (let at = 0; at < this.size * BUCKET_FIELDS; at += BUCKET_FIELDS)
      if (this.slab[at + F.PERIOD] === period) return at;
    return -1;
  }
}
