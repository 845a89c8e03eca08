import { expect, test } from 'vitest';
import { anyOf, anyWord, pattern } from './regex.ts';

test('alternatives are joined as if they were written in one expression', () => {
  expect(anyOf(/^a|b/i, /c{2}$/i)).toEqual(/^a|b|c{2}$/i);
});

test('names are joined in the order given, however they are spread over lines', () => {
  expect(
    anyWord(`in  inner
    group-by`),
  ).toEqual(/in|inner|group-by/i);
  expect(anyWord('a b', '')).toEqual(/a|b/);
});

test('a name that means something else in an expression is refused', () => {
  expect(() => anyWord('a b.c')).toThrow('b.c is no plain name');
});

test('text around parts binds to no alternative of theirs', () => {
  expect(pattern`^\s?${anyOf(/a/i, /b/i)}{2}${/c/i}$`).toEqual(/^\s?(?:a|b){2}(?:c)$/i);
});

test('a backtick stands for itself', () => {
  expect(pattern`["\`\\]${/a/}`).toEqual(/["`\\](?:a)/);
});

test('parts with different flags are refused', () => {
  expect(() => anyOf(/a/i, /b/)).toThrow('flags "i" and ""');
  expect(() => pattern`${/a/g}${/b/i}`).toThrow('flags "g" and "i"');
});
