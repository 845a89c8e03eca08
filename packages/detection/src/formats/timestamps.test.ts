import { expect, it } from 'vitest';
import { timeMs } from './timestamps.ts';

it.each([
  ['02/Mar/2026:00:00:21 +0000', Date.UTC(2026, 2, 2, 0, 0, 21)],
  // As long as the usual notation.
  ['02/Mar/2026:00:00:21+00:00', Date.UTC(2026, 2, 2, 0, 0, 21)],
  ['02/Mar/2026:00:00:21-01:30', Date.UTC(2026, 2, 2, 1, 30, 21)],
  ['02/Mar/2026:00:00:21.12345', Date.UTC(2026, 2, 2, 0, 0, 21, 123)],
  ['02/Mar/2026:00:00:21.123 +0000', Date.UTC(2026, 2, 2, 0, 0, 21, 123)],
])('reads %s', (text, expected) => expect(timeMs(text)).toBe(expected));
