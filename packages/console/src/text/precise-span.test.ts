import { expect, it } from 'vitest';
import { preciseSpan } from './precise-span.ts';

const line = 'GET /item?id=1%27%20UNION+SELECT%201 HTTP/1.1';
const field = [13, 36] as const;

it('finds the match behind one and two rounds of percent encoding', () => {
  const span = preciseSpan(line, field, ['percent'], 'union select');
  expect(span && line.slice(...span)).toBe('UNION+SELECT');
  const twice = 'a=%253Cscript%253E';
  const inner = preciseSpan(twice, [2, twice.length], ['percent', 'percent'], '<script>');
  expect(inner && twice.slice(...inner)).toBe('%253Cscript%253E');
});

it('finds the match behind plus signs alone', () => {
  const plain = 'q=union+select';
  expect(preciseSpan(plain, [2, plain.length], ['plus'], 'union select')).toEqual([2, plain.length]);
});

it('says nothing where it does not know', () => {
  expect(preciseSpan(line, field, ['percent', 'html'], '<b>')).toBeUndefined();
  expect(preciseSpan(line, field, [], 'union select')).toBeUndefined();
});

it('marks nothing where there is no excerpt', () => {
  expect(preciseSpan(line, field, ['percent'], '')).toBeUndefined();
});
