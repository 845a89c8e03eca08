import { FORMAT_LENGTH_MAX, SOURCE_LENGTH_MAX } from '@vigil/shared/contracts';
import { expect, it, vi } from 'vitest';
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

it.each([
  ['lines', `{"lines":[${'"",'.repeat(1_000)}""]}`, 413, 'At most 3 lines'],
  ['names', `{${Array.from({ length: 1_000 }, (_, at) => `"n${at}":0`).join(',')}}`, 422, 'far more names'],
  ['lines outside of an object', JSON.stringify(Array.from({ length: 100 }, () => 'a')), 422, 'it is a list'],
  ['objects in place of lines', `{"lines":[{${'"a":0,'.repeat(1_000)}"a":0}]}`, 422, 'an array of strings'],
  ['brackets', `{"lines":[${'['.repeat(1_000)}${']'.repeat(1_000)}]}`, 422, 'an array of strings'],
])('refuses too many %s without parsing them, which would keep others waiting', (_what, text, status, detail) => {
  const parsing = vi.spyOn(JSON, 'parse');
  const problem: unknown = expect.objectContaining({ status, detail: expect.stringContaining(detail) as string });
  expect(() => linesOfJson(Buffer.from(text), {}, limits)).toThrow(expect.objectContaining({ problem }));
  expect(parsing).not.toHaveBeenCalled();
  parsing.mockRestore();
});

it.each([
  '[{"log":"a"},{"log":"b"}]',
  '{"log":"a"}\n{"log":"b"}',
  JSON.stringify(Array.from({ length: 100 }, () => ({}))),
])('says what becomes of %s, as shippers send it that were not told otherwise', (text) => {
  const problem: unknown = expect.objectContaining({
    status: 422,
    detail: expect.stringContaining('application/x-ndjson') as string,
  });
  expect(() => linesOfJson(Buffer.from(text), {}, limits)).toThrow(expect.objectContaining({ problem }));
});

it('counts objects in the place of lines as what they are, as many as a push may have lines', () => {
  const event = { method: 'GET', path: '/', status: 200, headers: { host: 'a', 'user-agent': 'b' }, sizes: [1, 2] };
  const { kept, rejected } = linesOfJson(Buffer.from(JSON.stringify({ lines: [event, event, event] })), {}, limits);
  expect([kept, rejected]).toEqual([[], { not_a_string: 3 }]);
});

it.each([
  ['JSON', (said: object) => linesOfJson(Buffer.from(JSON.stringify({ lines: ['a'], ...said })), {}, limits)],
  ['the query of a raw body', (said: object) => linesOfText(Buffer.from('a'), said, limits)],
])('takes what is said of the lines in %s, and none of it that is empty or too long to be kept', (_what, linesOf) => {
  const said = {
    source: 's'.repeat(SOURCE_LENGTH_MAX),
    batch_id: 'b'.repeat(128),
    format: 'f'.repeat(FORMAT_LENGTH_MAX),
  };
  const { source, batchId, format } = linesOf(said);
  expect({ source, batch_id: batchId, format }).toEqual(said);
  for (const [name, longest] of Object.entries(said)) {
    for (const wrong of ['', `${longest}x`]) expect(() => linesOf({ [name]: wrong })).toThrow(name);
  }
});
