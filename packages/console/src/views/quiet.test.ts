import { expect, it } from 'vitest';
import { isMostlyRejected, quietMeaning } from './quiet.ts';

const lines = (scored: number, unparsable: number) => ({
  read: scored + unparsable,
  scored: { total: scored, LOW: scored, MEDIUM: 0, HIGH: 0 },
  rejected: { total: unparsable, by_reason: { unparsable } },
  dead_lettered: 0,
  suppressed: 0,
});

it.each([
  ['requests were looked at', lines(100, 3), 'All quiet.', false],
  ['the figures are not there yet', undefined, 'All quiet.', false],
  ['nothing was read', lines(0, 0), 'Nothing to look at.', false],
  ['no line was understood', lines(0, 4_000), 'These lines are not understood.', true],
  ['hardly a line was understood', lines(50, 1_950), 'These lines are not understood.', true],
])('says what silence means where %s', (_, counts, title, rejected) => {
  expect(quietMeaning(counts, 'hour').title).toBe(title);
  expect(isMostlyRejected(counts)).toBe(rejected);
});
