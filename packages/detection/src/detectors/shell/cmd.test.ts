import { expect, test } from 'vitest';
import { withoutCarets } from './cmd.ts';

test.each([
  ['w^h^o^a^m^i', 'whoami'],
  ['@^p^o^w^e^r', 'power'],
  ['ne^tsh', 'netsh'],
  ['2^10', '2^10'],
  ['x^2+y^2', 'x^2+y^2'],
  ['^begin', '^begin'],
])('%j is to cmd %j', (written, read) => {
  expect(withoutCarets(written)).toBe(read);
});
