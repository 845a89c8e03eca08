import { BUCKET_FIELDS, F } from './bucket.ts';

/**
 * Keeps of a client's buckets the newest, and of those that are older as many again that were written to since: where a clock was set
 * back, its zone has no summer time any more, or a log of before is read beside the present one, they are what goes on now.
 *
 * @param slab distinct buckets, one after another, in the order in which they were written to last; what is kept moves to its beginning
 * and stays in that order
 * @param size how many there are
 * @param newestMax how many of the newest are kept
 * @returns how many are kept
 */
export function keepBuckets(slab: Float64Array, size: number, newestMax: number): number {
  if (size <= newestMax) return size;
  const periodOf = (index: number): number => slab[index * BUCKET_FIELDS + F.PERIOD]!;
  let inOrder = 1;
  while (inOrder < size && periodOf(inOrder) > periodOf(inOrder - 1)) inOrder += 1;
  if (inOrder === size) {
    slab.copyWithin(0, (size - newestMax) * BUCKET_FIELDS, size * BUCKET_FIELDS);
    return newestMax;
  }
  const periods = Float64Array.from({ length: size }, (_value, index) => periodOf(index)).sort();
  const newest = periods[size - newestMax]!;
  let first = 0;
  while (periodOf(first) < newest) first += 1;
  // What was written to before all of the newest has gone by.
  let surplus = size - first - 2 * newestMax;
  let kept = 0;
  for (let index = first; index < size; index += 1) {
    if (periodOf(index) < newest && surplus-- > 0) continue;
    if (index !== kept) slab.copyWithin(kept * BUCKET_FIELDS, index * BUCKET_FIELDS, (index + 1) * BUCKET_FIELDS);
    kept += 1;
  }
  return kept;
}

/** Moves a bucket behind those that were written to before it. */
export function moveLast(slab: Float64Array, size: number, index: number): void {
  if (index === size - 1) return;
  const at = index * BUCKET_FIELDS;
  const one = slab.slice(at, at + BUCKET_FIELDS);
  slab.copyWithin(at, at + BUCKET_FIELDS, size * BUCKET_FIELDS);
  slab.set(one, (size - 1) * BUCKET_FIELDS);
}
