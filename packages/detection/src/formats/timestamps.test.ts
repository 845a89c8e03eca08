import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { timeMs } from './timestamps.ts';

it.each([
  ['02/Mar/2026:00:00:21 +0000', Date.UTC(2026, 2, 2, 0, 0, 21)],
  // As long as the usual notation.
  ['02/Mar/2026:00:00:21+00:00', Date.UTC(2026, 2, 2, 0, 0, 21)],
  ['02/Mar/2026:00:00:21-01:30', Date.UTC(2026, 2, 2, 1, 30, 21)],
  ['02/Mar/2026:00:00:21.12345', Date.UTC(2026, 2, 2, 0, 0, 21, 123)],
  ['Mon Mar  2 00:00:21 2026', Date.UTC(2026, 2, 2, 0, 0, 21)],
  ['Mon Mar 12 00:00:21 2026', Date.UTC(2026, 2, 12, 0, 0, 21)],
  ['Mon Mar 32 00:00:21 2026', Number.NaN],
  ['2026/03/02 00:00:21.123', Date.UTC(2026, 2, 2, 0, 0, 21, 123)],
  ['2026/03-02 00:00:21', Number.NaN],
  ['02/Mar/2026:00:00:21.123 +0000', Date.UTC(2026, 2, 2, 0, 0, 21, 123)],
])('reads %s', (text, expected) => expect(timeMs(text)).toBe(expected));

it('reads a number as the text of it', () => {
  const value = fc.oneof(
    fc.double({ min: 1e7, max: 1e20 }),
    fc.maxSafeNat(),
    fc.constantFrom(1e8, 1e11, 1e14, 1e17, 1e19),
  );
  fc.assert(
    fc.property(value, (number) => {
      expect(timeMs(number)).toBe(timeMs(String(number)));
    }),
  );
});
