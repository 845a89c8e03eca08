import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestOf } from '../testing/request-of.ts';
import { parseJsonLine } from './json-line.ts';

const LINE = { time_iso8601: '2026-03-02T00:00:21Z', remote_addr: '203.0.113.5', request: 'GET /a HTTP/1.1' };
const NUMBER = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.integer({ max: 1e3 }));

test('a number is read as the text of it is', () => {
  fc.assert(
    fc.property(fc.constantFrom('status', 'bytes_sent', 'duration', 'msec'), NUMBER, (key, value) => {
      const { time_iso8601, ...rest } = LINE;
      const line = key === 'msec' ? rest : { time_iso8601, ...rest };
      const ofNumber = parseJsonLine(JSON.stringify({ ...line, [key]: value }));
      expect(ofNumber).toEqual(parseJsonLine(JSON.stringify({ ...line, [key]: String(value) })));
    }),
  );
});

test('minus zero is zero', () => {
  expect(parseJsonLine(JSON.stringify(LINE).replace('}', ',"status":-0,"size":-0,"request_time":-0}'))).toMatchObject({
    request: { status: 0, bytes: 0, durationSeconds: 0 },
  });
});

test('a line is read alike whatever else it holds, and whatever lines were read before it', () => {
  const names = ['remote_addr', 'client_ip', 'status', 'code', 'http_referer', 'referer', 'url', 'path', 'http', 'req'];
  const value = fc.oneof(
    NUMBER,
    fc.constantFrom('-', '', '/b', '203.0.113.9'),
    fc.constant({ method: 'PUT', url: '/c' }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), fc.string(), (more, unknown) => {
      const line = { ...LINE, ...more };
      const alone = parseJsonLine(JSON.stringify(line));
      expect(parseJsonLine(JSON.stringify({ [`-${unknown}`]: 1, ...line }))).toEqual(alone);
      expect(parseJsonLine(JSON.stringify(line))).toEqual(alone);
    }),
  );
});

test('what has its method beside it is the target, even where it is no path', () => {
  const line =
    '{"time":"2026-03-02T00:00:21Z","remoteIP":"203.0.113.9","request":"*","method":"OPTIONS","status":"200"}';
  expect(requestOf(line)).toMatchObject({ method: 'OPTIONS', target: '*', status: 200 });
  expect(requestOf(line.replace('"method":"OPTIONS",', ''))).toMatchObject({ method: '-', target: '*' });
});

/** What a writer makes of a request that escapes nothing, as nginx does with `escape=none`. */
const unescaped = (target: string, agent: string): string =>
  `{"time":"2026-03-02T00:00:21Z", "remote_addr":"203.0.113.5","request":"GET ${target} HTTP/1.1","status":404,"http_user_agent":"${agent}"}`;

test.each([
  ['/a"b', 'x'],
  ['/a?q="><script>alert("1")</script>', '"x" "y"'],
  ['/\\^', 'x\\'],
  ['/a\tb', '\x00\x1b"'],
  ['/a', '","b"'],
  ['/a', '" : "'],
  ['/{"a":"b"}', '}'],
])('what a writer of JSON did not escape is read as it was sent: %s and %s', (target, userAgent) => {
  expect(requestOf(unescaped(target, userAgent))).toMatchObject({ target, userAgent, status: 404 });
});

test('what was escaped reads as it did whatever stands in it, and what is no JSON stays none', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\\', ',', ':', '{', '}', ']', ' ', 'a', 'u0041', '\t') });
  fc.assert(
    fc.property(text, text, (target, agent) => {
      const line = JSON.stringify({ ...LINE, request: `GET /${target} HTTP/1.1`, http_user_agent: agent });
      expect(requestOf(line)).toMatchObject({ target: `/${target}`, userAgent: agent });
    }),
  );
  for (const line of ['{"a":"b" "c":"d"}', '{"a":"b"', '{"a":}', '{a:"b"}', unescaped('/a', 'x').slice(0, -1)])
    expect(parseJsonLine(line)).toEqual({ ok: false, reason: 'unparsable' });
});

test('JSON of nothing but quotes takes time that grows with its length', () => {
  for (const piece of ['"', ':"', '","a":"', '"}', '\\"', '": "'])
    expect(parseJsonLine(`{"a":"${piece.repeat(1_000_000 / piece.length)}}`)).toMatchObject({ ok: false });
});
