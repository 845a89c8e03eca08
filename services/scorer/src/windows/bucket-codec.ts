import { BUCKET_FIELDS } from '@vigil/detection/windows/bucket';

/** Fields 0 to 15 are 32-bit integers, 16 to 19 doubles, the others 32-bit integers again: see `F` in the detection package. */
const DOUBLES_FROM = 16;
const DOUBLES_TO = 20;

/** Bytes of a bucket in Redis. */
export const BUCKET_BYTES = (BUCKET_FIELDS - (DOUBLES_TO - DOUBLES_FROM)) * 4 + (DOUBLES_TO - DOUBLES_FROM) * 8;

/** The same layout in the notation of Lua's `struct`; the first field is signed, for times before 1970. */
export const BUCKET_STRUCT = `<i4${'I4'.repeat(DOUBLES_FROM - 1)}${'d'.repeat(4)}${'I4'.repeat(BUCKET_FIELDS - DOUBLES_TO)}`;

/** Writes a bucket at `at`; returns where the next one begins. */
export function encodeBucket(view: DataView, at: number, bucket: Float64Array): number {
  let offset = at;
  view.setInt32(offset, bucket[0]!, true);
  for (let i = 1; i < DOUBLES_FROM; i += 1) view.setUint32((offset += 4), clampUint32(bucket[i]!), true);
  offset += 4;
  for (let i = DOUBLES_FROM; i < DOUBLES_TO; i += 1, offset += 8) view.setFloat64(offset, bucket[i]!, true);
  for (let i = DOUBLES_TO; i < BUCKET_FIELDS; i += 1, offset += 4)
    view.setUint32(offset, clampUint32(bucket[i]!), true);
  return offset;
}

/** Reads buckets that stand one after another; what is not a whole number of them is not ours and reads as none. */
export function decodeBuckets(bytes: Buffer): Float64Array {
  if (bytes.length % BUCKET_BYTES !== 0) return new Float64Array(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const buckets = new Float64Array((bytes.length / BUCKET_BYTES) * BUCKET_FIELDS);
  let offset = 0;
  for (let at = 0; at < buckets.length; at += BUCKET_FIELDS) {
    buckets[at] = view.getInt32(offset, true);
    offset += 4;
    for (let i = 1; i < DOUBLES_FROM; i += 1, offset += 4) buckets[at + i] = view.getUint32(offset, true);
    for (let i = DOUBLES_FROM; i < DOUBLES_TO; i += 1, offset += 8) buckets[at + i] = view.getFloat64(offset, true);
    for (let i = DOUBLES_TO; i < BUCKET_FIELDS; i += 1, offset += 4) buckets[at + i] = view.getUint32(offset, true);
  }
  return buckets;
}

function clampUint32(value: number): number {
  return value > 0xffff_ffff ? 0xffff_ffff : value;
}
