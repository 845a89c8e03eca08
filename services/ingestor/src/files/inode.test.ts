import { expect, it } from 'vitest';
import { inodeNumber } from './inode.ts';

it('keeps numbers that a double holds', () => {
  for (const ino of [1, 1_234_567, Number.MAX_SAFE_INTEGER]) expect(inodeNumber(BigInt(ino))).toBe(ino);
});

it.each([
  { where: 'NTFS', first: (0x30n << 48n) + 81_920n },
  { where: 'overlayfs over several file systems', first: 9_223_372_036_857_521_426n },
  { where: 'overlayfs, as `stat` gives it', first: -9_223_372_036_852_030_190n },
  { where: 'the largest there are', first: 2n ** 64n - 1_000n },
])('tells neighbouring files apart on $where', ({ first }) => {
  const numbers = Array.from({ length: 1_000 }, (_, at) => inodeNumber(first + BigInt(at)));
  expect(new Set(numbers).size).toBe(1_000);
  expect(numbers.every(Number.isSafeInteger)).toBe(true);
});
