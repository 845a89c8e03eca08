import { testAlert } from '@vigil/shared/testing/alert';
import { expect, it } from 'vitest';
import { AlertEntry, AlertRing, fitting } from './alert-ring.ts';

const entry = (seq: number, pathLength = 1): AlertEntry =>
  new AlertEntry(testAlert({ seq, request_path: 'x'.repeat(pathLength) }));
const seqsAfter = (ring: AlertRing, seq: number, limit = 100): number[] | undefined =>
  ring.after(seq, limit)?.map(({ alert }) => alert.seq);

it('keeps the newest, and tells where some of what is asked for are gone', () => {
  const ring = new AlertRing(3);
  expect([ring.size, ring.firstSeq, seqsAfter(ring, 0)]).toEqual([0, undefined, undefined]);
  for (let seq = 1; seq <= 10; seq += 1) ring.push(entry(seq));
  expect([ring.size, ring.firstSeq]).toEqual([3, 8]);
  expect(seqsAfter(ring, 6)).toBeUndefined();
  expect(seqsAfter(ring, 7)).toEqual([8, 9, 10]);
  expect(seqsAfter(ring, 8, 1)).toEqual([9]);
  expect(seqsAfter(ring, 10)).toEqual([]);
});

it('keeps as many at any time, however many have come and gone', () => {
  const ring = new AlertRing(3);
  const sizes = Array.from({ length: 60 }, (_value, index) => {
    ring.push(entry(index + 1));
    return ring.size;
  });
  expect(sizes).toEqual([1, 2, ...Array<number>(58).fill(3)]);
});

it('keeps less where paths are long, but the newest in any case', () => {
  const ring = new AlertRing(100, 10_000);
  for (let seq = 1; seq <= 50; seq += 1) ring.push(entry(seq, 2_000));
  expect(ring.size).toBeLessThan(5);
  ring.push(entry(51, 8_000));
  expect(seqsAfter(ring, 50)).toEqual([51]);
});

it('begins anew once it was cleared', () => {
  const ring = new AlertRing(100, 10_000);
  ring.push(entry(1, 3_000));
  ring.clear();
  expect([ring.size, ring.firstSeq]).toEqual([0, undefined]);
  for (const seq of [7, 8, 9]) ring.push(entry(seq));
  expect(seqsAfter(ring, 6)).toEqual([7, 8, 9]);
});

it('gives one that is larger than what may be given at once: who waits for it would never get on', () => {
  const entries = [entry(1, 8_000), entry(2), entry(3)];
  expect(fitting(entries, 1_000)).toEqual(entries.slice(0, 1));
  expect(fitting(entries.slice(1), 3_000)).toEqual(entries.slice(1));
});
