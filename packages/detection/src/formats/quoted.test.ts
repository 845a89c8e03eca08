import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutPercents } from './quoted.ts';

test('percents are undone once, and those that stand for nothing stay', () => {
  expect(withoutPercents('Mozilla/5.0%20(X11)%2520%%41%4%g0%')).toBe('Mozilla/5.0 (X11)%20%A%4%g0%');
  const pieces = fc.constantFrom('%', '2', '0', 'f', 'A', 'g', 'x', '%41', '\u00e9', ' ');
  fc.assert(
    fc.property(fc.array(pieces), (parts) => {
      const text = parts.join('');
      const expected = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      expect(withoutPercents(text)).toBe(expected);
    }),
  );
});
