import { expect, it } from 'vitest';
import { SOURCE_LENGTH_MAX } from '../contracts/index.ts';
import { claimsOfJob } from './job-claims.ts';

const lines = { source: 'access.log', lineCount: 40, linesRead: 7, rejected: { too_long: 2 } };

it('believes what a job says of its lines, by the name that its queue has for them', () => {
  expect(claimsOfJob('lines', lines)).toEqual({ source: 'access.log', lines: 40, rejected: { too_long: 2 } });
  // What a scored batch rejected is among the lines that it read.
  expect(claimsOfJob('scored', lines)).toEqual({ source: 'access.log', lines: 7, rejected: {} });
});

it.each([-1, 0.5, 1_000_001, '40', null, Number.NaN])('counts no lines where a job claims %s of them', (lineCount) => {
  expect(claimsOfJob('lines', { ...lines, lineCount }).lines).toBe(0);
});

it.each([
  { too_long: 1_000_001 },
  { empty: 1, too_long: 1_000_001 },
  { too_long: -1 },
  { too_long: '2' },
  { no_reason: 2 },
  'two',
  null,
])('counts none as rejected where a job claims %j', (rejected) =>
  expect(claimsOfJob('lines', { ...lines, rejected }).rejected).toEqual({}),
);

it('takes as many lines as any batch may hold', () => {
  const claims = claimsOfJob('lines', { lineCount: 1_000_000, rejected: { too_long: 1_000_000 } });
  expect(claims).toMatchObject({ lines: 1_000_000, rejected: { too_long: 1_000_000 } });
});

it.each([undefined, null, 7, 'text', [], {}, { source: '' }, { source: 7 }])('makes something of %j, too', (data) => {
  expect(claimsOfJob('lines', data)).toEqual({ source: 'unknown', lines: 0, rejected: {} });
});

it('gives a source that can be stored: no longer than any is, and without what PostgreSQL refuses', () => {
  const { source } = claimsOfJob('lines', { source: `\0${'x'.repeat(SOURCE_LENGTH_MAX)}` });
  expect(source).toHaveLength(SOURCE_LENGTH_MAX);
  expect(source).not.toContain('\0');
});
