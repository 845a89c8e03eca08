import { expect, test } from 'vitest';
import { EXPRESSION_LENGTH_MAX, expressionSchema } from './expression.ts';

test.each([
  ['one text', 'a|b', 'a|b'],
  ['a list of alternatives', ['a', 'b|c'], 'a|b|c'],
  ['alternatives between ends', { before: '^/', any_of: ['a', 'b'], after: '$' }, '(?:^/)(?:a|b)(?:$)'],
  ['ends with alternatives of their own', { before: 'x|y', any_of: ['a'] }, '(?:x|y)(?:a)'],
  ['both', ['a', { any_of: ['b', 'c'], after: 'd' }], 'a|(?:b|c)(?:d)'],
])('%s is read into one source', (_, expression, source) => {
  expect(expressionSchema.parse(expression)).toBe(source);
});

test.each([
  ['a group that the next part would close', ['(a', 'b)'], [0], /group/i],
  ['a beginning that opens a group', { before: '(', any_of: ['a'], after: ')' }, ['before'], /group/i],
  ['no alternative', [], [], /neither|small/i],
  ['a number', 7, [], /neither a regular expression/],
  ['an alternative that is none', ['a', { any: ['b'] }], [], /neither a regular expression/],
  ['an expression that is too long', ['a'.repeat(EXPRESSION_LENGTH_MAX), 'b'], [], /4000/],
])('%s is refused', (_, expression, path, reason) => {
  const [issue] = expressionSchema.safeParse(expression).error?.issues ?? [];
  expect(issue?.path).toEqual(path);
  expect(issue?.message).toMatch(reason);
});
