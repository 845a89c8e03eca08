import { expect, test } from 'vitest';
import { windowFigures } from './window-figures.ts';

test('tells distinct paths as far as they were counted', () => {
  const told = (paths: number): string[] => windowFigures({ distinct_paths_5m: paths }).map(({ value }) => value);
  expect(told(42)).toEqual(['42']);
  expect([...told(250), ...told(251)]).toEqual(['250', '> 250']);
});

test('finds unusual what is beyond what the rules tolerate, and not what is as much', () => {
  const unusual = (window: Record<string, number>): boolean[] => windowFigures(window).map((figure) => figure.unusual);
  expect(unusual({ requests_1m: 100, requests_10m: 5_000, error_rate_5m: 0.5 })).toEqual([false, false, false]);
  expect(unusual({ requests_1m: 101, error_rate_5m: 0.51 })).toEqual([true, true]);
});
