import { expect, it } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

const KEYS_REMEMBERED = 50_000;

let nowMs = 0;
const bucketsOf = (perSecond: number, burst: number) => new TokenBuckets({ perSecond, burst, now: () => nowMs });

it('gives so many at once and so many a second, and says when there is the next', () => {
  const buckets = bucketsOf(0.5, 2);
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a'), buckets.take('b')]).toEqual([0, 0, 2, 0]);
  nowMs += 1_000;
  expect(buckets.take('a')).toBe(1);
  nowMs += 1_000;
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 2]);
  // Asked for before, it would be refused again.
  const slow = bucketsOf(0.4, 1);
  expect([slow.take('a'), slow.take('a')]).toEqual([0, 3]);
});

it('saves up no more than may be taken at once, however long nobody took any', () => {
  const buckets = bucketsOf(1, 2);
  buckets.take('a');
  nowMs += 3_600_000;
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 1]);
});

it('forgets whoever was idle longest where too many come, and nobody else', () => {
  const buckets = bucketsOf(0.001, 1);
  buckets.take('idle');
  buckets.take('busy');
  for (let key = 2; key < KEYS_REMEMBERED; key += 1) buckets.take(`key ${key}`);
  expect(buckets.take('busy')).toBeGreaterThan(0);
  buckets.take('one more');
  expect([buckets.take('busy') > 0, buckets.take('idle')]).toEqual([true, 0]);
});
