import { BUCKET_FIELDS } from '@vigil/detection/windows/bucket';
import { BucketReader, encodeBucket, RECORD_BYTES_MAX } from './bucket-codec.ts';
import { HEADER_BYTES, WANTED } from './merge-script.ts';

/** A batch may span any time, yet the store keeps a few buckets: the newest that fit the two bytes of a client's length. */
const BUCKETS_MAX = Math.floor(0xffff / RECORD_BYTES_MAX);
/** Before a client's records: length of its name, name, flags, length of the records. */
const CLIENT_BYTES_MAX = 1 + 255 + 1 + 2;
const SCRATCH_BYTES = 64 * 1024;

/** Writes the blob that the merge script takes; see there. One at a time. */
export class HistoryWriter {
  #bytes = Buffer.allocUnsafe(SCRATCH_BYTES);
  #at = 0;

  begin(): void {
    this.#at = 0;
  }

  /** @param key one code unit per byte, at most 255 */
  add(key: string, wanted: boolean, buckets: readonly Float64Array[]): void {
    const newest =
      buckets.length <= BUCKETS_MAX ? buckets : buckets.toSorted((a, b) => a[0]! - b[0]!).slice(-BUCKETS_MAX);
    this.#leave(CLIENT_BYTES_MAX + newest.length * RECORD_BYTES_MAX);
    const bytes = this.#bytes;
    bytes[this.#at] = bytes.write(key, this.#at + 1, 255, 'latin1');
    const flagsAt = this.#at + 1 + bytes[this.#at]!;
    bytes[flagsAt] = wanted ? WANTED : 0;
    let at = flagsAt + 3;
    for (const bucket of newest) at = encodeBucket(bytes, at, bucket);
    bytes.writeUInt16LE(at - flagsAt - 3, flagsAt + 1);
    this.#at = at;
  }

  /** What was added since `begin`; the caller's own. */
  end(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  #leave(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** One for all: a batch has histories by the hundred, and each is read to its end. */
const reader = new BucketReader();

/**
 * Buckets of histories as they lie in Redis, those of one period merged.
 * @param histories the one that was written to last stands last
 * @param newestMax see `keepBuckets`
 */
export function decodeHistory(histories: readonly Buffer[], newestMax: number): Float64Array {
  reader.begin();
  for (const history of histories) reader.read(history, HEADER_BYTES);
  return reader.kept(newestMax);
}

/** The same history with one record a bucket. */
export function compacted(history: Buffer, newestMax: number): Buffer {
  const buckets = decodeHistory([history], newestMax);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + (buckets.length / BUCKET_FIELDS) * RECORD_BYTES_MAX);
  let at = HEADER_BYTES;
  for (let from = 0; from < buckets.length; from += BUCKET_FIELDS)
    at = encodeBucket(bytes, at, buckets.subarray(from, from + BUCKET_FIELDS));
  bytes.writeUInt16LE(at - HEADER_BYTES, 0);
  return bytes.subarray(0, at);
}
