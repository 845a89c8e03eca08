import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BUCKET_FIELDS, F } from './bucket.ts';
import { keepBuckets, moveLast } from './keep-buckets.ts';

function slabOf(periods: readonly number[]): Float64Array {
  const slab = new Float64Array(periods.length * BUCKET_FIELDS);
  for (const [index, period] of periods.entries())
    slab.fill(period, index * BUCKET_FIELDS, (index + 1) * BUCKET_FIELDS);
  return slab;
}

const periodsIn = (slab: Float64Array, size: number): number[] =>
  Array.from({ length: size }, (_value, index) => slab[index * BUCKET_FIELDS + F.PERIOD]!);

function kept(periods: readonly number[], newestMax: number): number[] {
  const slab = slabOf(periods);
  return periodsIn(slab, keepBuckets(slab, periods.length, newestMax));
}

it('keeps the newest where time goes on', () => {
  expect(kept([1, 2, 3, 4, 5], 3)).toEqual([3, 4, 5]);
});

it('keeps what goes on now where a clock was set back', () => {
  expect(kept([7, 8, 9, 1], 3)).toEqual([7, 8, 9, 1]);
  expect(kept([7, 8, 9, 1, 2, 3, 4], 3)).toEqual([7, 8, 9, 2, 3, 4]);
});

it('keeps both where a log of before is read beside the present one', () => {
  expect(kept([7, 1, 2, 3, 8, 4, 5, 9, 6], 3)).toEqual([7, 8, 4, 5, 9, 6]);
});

it('always keeps the newest and the one written to last, and bounds the rest', () => {
  const periods = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(periods, fc.integer({ min: 1, max: 12 }), (given, newestMax) => {
      const left = kept(given, newestMax);
      expect(left.length).toBeLessThanOrEqual(2 * newestMax);
      expect(left).toEqual(given.filter((period) => left.includes(period)));
      const newest = given.toSorted((a, b) => b - a).slice(0, newestMax);
      expect(left).toEqual(expect.arrayContaining([...newest, given.at(-1)!]));
    }),
  );
});

it('moves a bucket behind the others as it is', () => {
  const slab = slabOf([1, 2, 3]);
  moveLast(slab, 3, 0);
  moveLast(slab, 3, 2);
  expect(slab).toEqual(slabOf([2, 3, 1]));
  moveLast(slab, 3, 1);
  expect(slab).toEqual(slabOf([2, 1, 3]));
});
