import { expect, it } from 'vitest';
import { ago, bytes, className, dayIfNotToday, duration, momentShort, noun, percent, shortNumber } from './format.ts';

it.each([
  [0.04, '0 s'],
  [0.4, '0.4 s'],
  [9.9, '9.9 s'],
  [12, '12 s'],
  [89, '89 s'],
  [90, '2 min'],
  [5_399, '90 min'],
  [5_400, '2 h'],
])('says how long %d s are: %s', (seconds, text) => expect(duration(seconds)).toBe(text));

it.each([
  [0, /^now/],
  [59, /^59 ?s/],
  [60, /^1 ?m/],
  [3_599, /^60 ?m/],
  [3_600, /^1 ?h/],
  [86_399, /^24 ?h/],
  [86_400, /^yesterday/],
  [3 * 86_400, /^3 ?d/],
])('says how long ago %d s are: %s', (seconds, text) => expect(ago(0, seconds * 1_000)).toMatch(text));

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [1_536 * 1_024, '1.5 MiB'],
  [2 ** 50, '1024.0 TiB'],
])('says how much %d bytes are: %s', (count, text) => expect(bytes(count)).toBe(text));

it('says shares with a digit more where they are small, and numbers with less where they are large', () => {
  expect([0, 0.004, 0.099, 0.1, 1].map(percent)).toEqual(['0 %', '0.4 %', '9.9 %', '10 %', '100 %']);
  expect([9_999, 12_345].map((value) => shortNumber(value).toLowerCase())).toEqual(['9,999', '12.3k']);
});

it('says classes as people write them, and leaves other names alone', () => {
  const names = ['SQL_INJECTION', 'LOG4SHELL', 'PATH_TRAVERSAL', 'my own'];
  expect(names.map(className)).toEqual(['SQL injection', 'Log4Shell', 'Path traversal', 'my own']);
});

it('says of a moment its day where that is not today, and its year where that is another one', () => {
  const at = (year: number, month: number, date: number): number => new Date(year, month, date, 14, 2).getTime();
  const now = at(2026, 10, 27);
  const moments = [now, at(2026, 10, 26), at(2025, 10, 27)];
  expect(moments.map((ms) => momentShort(ms, now))).toEqual(['14:02', '26 Nov 14:02', '27 Nov 2025 14:02']);
  expect(moments.map((ms) => dayIfNotToday(ms, now))).toEqual(['', '26 Nov', '27 Nov 2025']);
});

it('counts one in the singular', () => {
  expect([0, 1, 2].map((count) => noun(count, 'event'))).toEqual(['events', 'event', 'events']);
  expect([1, 2].map((count) => noun(count, 'match', 'matches'))).toEqual(['match', 'matches']);
});
