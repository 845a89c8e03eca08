import { expect, it } from 'vitest';
import { linesOfJson, linesOfText } from './push-body.ts';

const limits = { linesMax: 3, lineBytesMax: 4 };

it.each([
  ['JSON', (lines: string[]) => linesOfJson(Buffer.from(JSON.stringify({ lines })), {}, limits)],
  ['a raw body', (lines: string[]) => linesOfText(Buffer.from(lines.join('\n')), {}, limits)],
])('takes so many lines of so many bytes as it may, and no more, from %s', (_what, linesOf) => {
  const { kept, rejected } = linesOf(['four', '', 'fiver']);
  expect(kept.map(String)).toEqual(['four', '']);
  expect(rejected).toEqual({ too_long: 1 });
  expect(() => linesOf(['1', '2', '3', '4'])).toThrow('At most 3 lines');
});

it('takes a line of JSON with the newline that it was read with, and none with one inside', () => {
  const { kept, rejected } = linesOfJson(Buffer.from(JSON.stringify({ lines: ['four\n', '\n', 'a\nb'] })), {}, limits);
  expect(kept.map(String)).toEqual(['four', '']);
  expect(rejected).toEqual({ unparsable: 1 });
});
