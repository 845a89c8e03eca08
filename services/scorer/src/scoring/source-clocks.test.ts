import { expect, it } from 'vitest';
import { SourceClocks, type ClockDifference } from './source-clocks.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 10, 27);

/** What is told of a source whose batches are read every `everyMs`, each that many minutes late. */
function told(lateMinutes: readonly number[], everyMs = MINUTE_MS): (ClockDifference | undefined)[] {
  const clocks = new SourceClocks();
  return lateMinutes
    .map((late, batch) => {
      const readAtMs = NOW_MS + batch * everyMs;
      return clocks.shows('access.log', readAtMs - late * MINUTE_MS, readAtMs);
    })
    .filter((shown) => shown !== undefined);
}

const times = (count: number, late: (index: number) => number): number[] =>
  Array.from({ length: count }, (_value, index) => late(index));

it('tells once of a source that is an hour ahead', () => {
  expect(told(times(100, () => -60))).toEqual([{ direction: 'ahead', minutes: 60 }]);
  expect(told(times(100, () => -365 * 24 * 60))).toEqual([{ direction: 'ahead', minutes: 365 * 24 * 60 }]);
});

it('tells once of a source whose lines of the moment are hours behind, buffered or not', () => {
  expect(told(times(100, () => 300))).toEqual([{ direction: 'behind', minutes: 300 }]);
  expect(told(times(100, (index) => 300 + (index % 5)))).toHaveLength(1);
});

it.each<[string, number[], number]>([
  ['that is right', times(100, (index) => index % 2), MINUTE_MS],
  ['that is written in portions', times(100, (index) => index % 10), MINUTE_MS],
  ['of last year that is read now', times(1_000, (index) => 525_600 - index), 100],
  ['of which one line has an odd time', [0, 0, -6_000, 0, 0, -6_000, 0], MINUTE_MS],
  ['that was caught up with', [...times(50, (index) => 500 - 10 * index), ...times(50, () => 0)], 1_000],
])('says nothing of a log %s', (_name, late, everyMs) => {
  expect(told(late, everyMs)).toEqual([]);
});
