import { BUCKET_FIELDS, F } from '@vigil/detection/windows/bucket';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBucket, RECORD_BYTES_MAX } from './bucket-codec.ts';
import { compacted, decodeHistory } from './history-codec.ts';
import { HEADER_BYTES } from './merge-script.ts';

const sum = fc.oneof(
  fc.constant(0),
  fc.nat(300),
  fc.nat(),
  fc.double({ min: 0, max: 1e12, noNaN: true }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const word = fc.oneof(
  fc.constant(0),
  fc.nat(31).map((bit) => (1 << bit) >>> 0),
  fc.nat(0xffff_ffff),
);
const bucket = fc
  .tuple(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.array(sum, { minLength: F.STATUSES - 1, maxLength: F.STATUSES - 1 }),
    fc.array(word, { minLength: BUCKET_FIELDS - F.STATUSES, maxLength: BUCKET_FIELDS - F.STATUSES }),
  )
  .map(([period, sums, words]) => Float64Array.from([period, ...sums, ...words]));

function historyOf(buckets: readonly Float64Array[]): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + buckets.length * RECORD_BYTES_MAX);
  let at = HEADER_BYTES;
  for (const one of buckets) at = encodeBucket(bytes, at, one);
  return bytes.subarray(0, at);
}

const unordered = (buckets: Float64Array): number[][] =>
  Array.from({ length: buckets.length / BUCKET_FIELDS }, (_value, index) => [
    ...buckets.subarray(index * BUCKET_FIELDS, (index + 1) * BUCKET_FIELDS),
  ]).sort((a, b) => a[0]! - b[0]!);

describe('histories in Redis', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(bucket, { maxLength: 12, selector: (one) => one[0] }), (buckets) => {
        const read = decodeHistory([historyOf(buckets)], 12);
        expect(unordered(read)).toEqual(unordered(Float64Array.from(buckets.flatMap((one) => [...one]))));
      }),
    );
  });

  it('say the same before and after they were compacted, with what was appended meanwhile', () => {
    // Whole numbers, so that the order in which they are added up makes no difference.
    const whole = bucket.map((one) =>
      one.map((value, field) => (field < F.STATUSES ? Math.floor(value) % 2 ** 30 : value)),
    );
    const few = fc.array(
      whole.map((one) => one.with(0, Math.abs(one[0]!) % 3)),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(few, few, (before, later) => {
        const appended = Buffer.concat([compacted(historyOf(before), 12), historyOf(later).subarray(HEADER_BYTES)]);
        expect(unordered(decodeHistory([appended], 12))).toEqual(
          unordered(decodeHistory([historyOf([...before, ...later])], 12)),
        );
      }),
    );
  });

  it('have room for a bucket of which every field is as long as it can be', () => {
    const long = Float64Array.from({ length: BUCKET_FIELDS }, (_value, field) =>
      field === F.PERIOD ? -1 : field < F.STATUSES ? 0.5 : 0xffff_ffff,
    );
    expect(historyOf([long])).toHaveLength(HEADER_BYTES + RECORD_BYTES_MAX);
    expect(decodeHistory([historyOf([long])], 12)).toEqual(long);
  });

  it('are read as far as they are whole', () => {
    const one = Float64Array.from({ length: BUCKET_FIELDS }, (_value, index) => index + 1);
    const history = historyOf([one, one.with(0, 2)]);
    for (let length = 0; length < history.length; length += 1)
      expect(decodeHistory([history.subarray(0, length)], 12).length).toBeLessThanOrEqual(BUCKET_FIELDS);
  });
});
