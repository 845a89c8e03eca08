import { BUCKET_FIELDS, F, mergeBucket } from '@vigil/detection/windows/bucket';
import { keepBuckets, moveLast } from '@vigil/detection/windows/keep-buckets';

/*
 * A bucket in Redis is a record of its non-zero fields: 40 bits that say which there are, then the fields. Most buckets come from one
 * or two lines and fill a third of the fields, so a record takes about 25 bytes where the plain fields would take 160.
 *
 * PERIOD is a signed 32-bit integer, for times before 1970. Sums are numbers (see `writeNumber`), bitmaps are words (`writeWord`).
 */

/** Bytes of the bits that say which fields follow. */
const MASK_BYTES = 5;
const FIRST_WORD = F.STATUSES;
const NUMBER_BYTES_MAX = 9;
const WORD_BYTES_MAX = 5;

/** No record is longer. */
export const RECORD_BYTES_MAX =
  MASK_BYTES + 4 + (FIRST_WORD - 1) * NUMBER_BYTES_MAX + (BUCKET_FIELDS - FIRST_WORD) * WORD_BYTES_MAX;

/** Stands in a number's first byte before a double; varints of even numbers never begin with it. */
const DOUBLE = 0x01;
/** Integers up to here are varints. */
const VARINT_MAX = 2 ** 47;
/** Stands before a word with several bits; a word with one is the bit's number. */
const MANY_BITS = 0xff;

/** Writes a bucket's record at `at`; returns where the next one begins. The caller has left `RECORD_BYTES_MAX`. */
export function encodeBucket(bytes: Buffer, at: number, bucket: Float64Array): number {
  let low = 0;
  let high = 0;
  let offset = at + MASK_BYTES;
  for (let i = 0; i < BUCKET_FIELDS; i += 1) {
    const value = bucket[i]!;
    if (value === 0) continue;
    if (i < 32) low |= 1 << i;
    else high |= 1 << (i - 32);
    if (i === F.PERIOD) offset = bytes.writeInt32LE(value | 0, offset);
    else if (i < FIRST_WORD) offset = writeNumber(bytes, offset, value);
    else offset = writeWord(bytes, offset, value);
  }
  bytes.writeUInt32LE(low >>> 0, at);
  bytes[at + 4] = high;
  return offset;
}

/** Twice the number as a varint where it is a natural one, so that an odd first byte is free to announce a double. */
function writeNumber(bytes: Buffer, at: number, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > VARINT_MAX) {
    bytes[at] = DOUBLE;
    return bytes.writeDoubleLE(value, at + 1);
  }
  let offset = at;
  // The first byte has room for six bits beside the mark, the others for seven.
  let rest = value;
  let byte = (rest % 64) * 2;
  rest = Math.floor(rest / 64);
  while (rest > 0) {
    bytes[offset++] = byte | 0x80;
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes[offset++] = byte;
  return offset;
}

function writeWord(bytes: Buffer, at: number, word: number): number {
  if ((word & (word - 1)) === 0) {
    bytes[at] = 31 - Math.clz32(word);
    return at + 1;
  }
  bytes[at] = MANY_BITS;
  return bytes.writeUInt32LE(word >>> 0, at + 1);
}

/** Reads records one after another and merges those of the same period. For use again and again: it keeps its rooms. */
export class BucketReader {
  /** Buckets, one after another. */
  #slab = new Float64Array(4 * BUCKET_FIELDS);
  #size = 0;
  readonly #one = new Float64Array(BUCKET_FIELDS);
  #at = 0;

  /** Forgets what it read. */
  begin(): void {
    this.#size = 0;
  }

  /** Takes in the records from `start` on; whatever is not ours ends the reading. */
  read(bytes: Buffer, start: number): void {
    this.#at = start;
    try {
      while (this.#at < bytes.length) {
        this.#readOne(bytes);
        this.#merge();
      }
    } catch (error) {
      // Cut short: what was whole before it counts.
      if (!(error instanceof RangeError)) throw error;
    }
  }

  /** The buckets that are kept where `newestMax` of the newest are (see `keepBuckets`), in the order in which they were written to last. */
  kept(newestMax: number): Float64Array {
    this.#size = keepBuckets(this.#slab, this.#size, newestMax);
    return this.#slab.slice(0, this.#size * BUCKET_FIELDS);
  }

  #merge(): void {
    const period = this.#one[F.PERIOD]!;
    for (let index = this.#size - 1; index >= 0; index -= 1) {
      if (this.#slab[index * BUCKET_FIELDS + F.PERIOD] !== period) continue;
      mergeBucket(this.#slab, index * BUCKET_FIELDS, this.#one, 0);
      moveLast(this.#slab, this.#size, index);
      return;
    }
    const end = this.#size * BUCKET_FIELDS;
    if (end === this.#slab.length) {
      const larger = new Float64Array(this.#slab.length * 2);
      larger.set(this.#slab);
      this.#slab = larger;
    }
    this.#slab.set(this.#one, end);
    this.#size += 1;
  }

  #readOne(bytes: Buffer): void {
    const low = bytes.readUInt32LE(this.#at);
    const high = bytes.readUInt8(this.#at + 4);
    this.#at += MASK_BYTES;
    this.#one.fill(0);
    for (let bits = low; bits !== 0; bits &= bits - 1) this.#readField(bytes, 31 - Math.clz32(bits & -bits));
    for (let bits = high; bits !== 0; bits &= bits - 1) this.#readField(bytes, 63 - Math.clz32(bits & -bits));
  }

  #readField(bytes: Buffer, field: number): void {
    if (field === F.PERIOD) {
      this.#one[field] = bytes.readInt32LE(this.#at);
      this.#at += 4;
    } else this.#one[field] = field < FIRST_WORD ? this.#readNumber(bytes) : this.#readWord(bytes);
  }

  #readNumber(bytes: Buffer): number {
    let byte = bytes.readUInt8(this.#at++);
    if (byte === DOUBLE) {
      this.#at += 8;
      return bytes.readDoubleLE(this.#at - 8);
    }
    let value = (byte & 0x7f) / 2;
    let unit = 64;
    while (byte >= 0x80) {
      byte = bytes.readUInt8(this.#at++);
      value += (byte & 0x7f) * unit;
      unit *= 128;
    }
    return value;
  }

  #readWord(bytes: Buffer): number {
    const byte = bytes.readUInt8(this.#at++);
    if (byte !== MANY_BITS) return (1 << (byte & 31)) >>> 0;
    this.#at += 4;
    return bytes.readUInt32LE(this.#at - 4);
  }
}
