import { expect, test } from 'vitest';
import { windowFigures } from './window-figures.ts';

test('tells distinct paths as far as they were counted', () => {
  const told = (paths: number): string[] => windowFigures({ distinct_paths_5m: paths }).map(({ value }) => value);
  expect(told(42)).toEqual(['42']);
  expect(told(621)).toEqual(['> 250']);
});
