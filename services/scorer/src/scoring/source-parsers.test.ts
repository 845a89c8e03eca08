import { timeZone } from '@vigil/detection/formats/time-zone';
import { expect, it } from 'vitest';
import { SourceParsers } from './source-parsers.ts';

it('reads each batch by the columns that hold where it begins, whatever they became within the one before', () => {
  const parsers = new SourceParsers();
  const [before, after] = ['sc-status', 'sc-bytes'].map((last) => `#Fields: date time c-ip cs-uri-stem ${last}`);
  const line = '2026-03-02 00:00:21 203.0.113.9 /a 404';
  const status = (format: string, ...lines: string[]): unknown[] => {
    const parser = parsers.of('u_ex260302.log', format);
    return lines.map((text) => {
      const parsed = parser.parse(text);
      return parsed.ok ? parsed.request.status : parsed.reason;
    });
  };
  expect(status(before!, line, after!, line)).toEqual([404, 'unparsable', 0]);
  // The queue gives it once more.
  expect(status(before!, line)).toEqual([404]);
  expect(status(after!, line)).toEqual([0]);
});

it('tells once of columns that make no request, however many batches come with them', () => {
  const told: string[] = [];
  const parsers = new SourceParsers((source) => void told.push(source));
  for (let batch = 0; batch < 3; batch += 1)
    expect(parsers.of('smtp.log', '#Fields: date time c-ip sc-status').parse('')).toMatchObject({ ok: false });
  expect(told).toEqual(['smtp.log']);
});

it.each(['haproxy', undefined, 'no such format'])(
  'reads times that name no zone in that of the logs, in the format %s',
  (format) => {
    const parsers = new SourceParsers(undefined, timeZone('Europe/Berlin'));
    const line =
      '203.0.113.9:4242 [02/Mar/2026:01:00:21.655] in s/1 10/0/30/69/109 404 5 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"';
    expect(parsers.of('haproxy.log', format).parse(line)).toMatchObject({
      request: { timestampMs: Date.UTC(2026, 2, 2, 0, 0, 21, 655) },
    });
  },
);
