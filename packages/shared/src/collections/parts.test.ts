import { expect, it } from 'vitest';
import { partsOf } from './parts.ts';

const parts = (lengths: readonly number[], itemsMax: number, lengthMax: number): number[][] => [
  ...partsOf(lengths, (length) => length, { itemsMax, lengthMax }),
];

it('fills each part up to its bounds, in order', () => {
  expect(parts([1, 1, 1, 1, 1], 2, 100)).toEqual([[1, 1], [1, 1], [1]]);
  expect(parts([4, 6, 1, 9, 2], 100, 10)).toEqual([[4, 6], [1, 9], [2]]);
});

it('gives a part of its own to what is longer than any may be, and none to nothing', () => {
  expect(parts([1, 50, 1], 100, 10)).toEqual([[1], [50], [1]]);
  expect(parts([], 100, 10)).toEqual([]);
});
