import { expect, it } from 'vitest';
import { backoffMs, HINT_MAX_MS } from './backoff.ts';

const options = { delayMs: 100, delayMaxMs: 1_000 };

it('doubles up to its bound, with jitter over the upper half', () => {
  const low = [1, 2, 3, 4, 9].map((failures) => backoffMs(failures, undefined, { ...options, random: () => 0 }));
  const high = [1, 2, 3, 4, 9].map((failures) => backoffMs(failures, undefined, { ...options, random: () => 1 }));
  expect(low).toEqual([50, 100, 200, 400, 500]);
  expect(high).toEqual([100, 200, 400, 800, 1_000]);
});

it('never comes back before the time that the server named', () => {
  expect(backoffMs(9, 3_000, { ...options, random: () => 0 })).toBe(3_000);
  expect(backoffMs(1, 3_000, { ...options, random: () => 1 })).toBe(3_750);
});

it.each([0, -5, 20])('never comes back sooner for a hint of %i ms than without one', (hintMs) => {
  expect(backoffMs(3, hintMs, { ...options, random: () => 0 })).toBe(200);
});

it('never waits longer than alerts are worth something, nor than a timer can', () => {
  expect(backoffMs(1, 1e15, { ...options, random: () => 0 })).toBe(HINT_MAX_MS);
  expect(backoffMs(50, undefined, { delayMs: 1_000, delayMaxMs: 1e15 })).toBeLessThan(2 ** 31);
});
