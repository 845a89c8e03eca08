import { expect, test } from 'vitest';
import { isConstant } from './constant.ts';

test.each([
  '4821',
  '"ab"',
  "'ab' | length",
  '2 if 1 else 3',
  '[1, 2]',
  '1234?c',
  '1 in [1]',
  'not false',
  '7 // 2',
  '5 is odd',
  '0x1f',
  'slice "abc" 1',
  '4821}${4822',
])('an expression of nothing but constants is one: %s', (inner) => expect(isConstant(inner, false)).toBe(true));

test.each([
  'total == 5',
  '1',
  'index + 1',
  'len',
  '{1|none',
  '1:-none',
  'in',
  '"id": 5',
  "'HELLO' | translate",
  'a.b',
  '',
])('a name, a numbered place and an authored text are none: %s', (inner) =>
  expect(isConstant(inner, false)).toBe(false),
);

test('a filter of a text is a question where people search', () => {
  expect(isConstant("'ab' | upper", true)).toBe(false);
});
