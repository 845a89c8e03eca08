import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ParsedRequest } from '@vigil/shared/contracts';
import { combinedRest, combinedSpans, parseCombined } from './combined.ts';

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)';
const TIME = '02/Mar/2026:00:00:21 +0000';

function parsed(line: string): ParsedRequest {
  const result = parseCombined(line);
  if (!result.ok) throw new Error(`rejected: ${result.reason}`);
  return result.request;
}

const withRequest = (request: string): string => `198.51.100.7 - - [${TIME}] "${request}" 400 0 "-" "-"`;

test('a combined line yields every field', () => {
  expect(
    parsed(`198.51.100.7 - alice [${TIME}] "GET /a?b=c HTTP/1.1" 404 1057 "https://example.com/" "${AGENT}"`),
  ).toEqual({
    timestampMs: Date.UTC(2026, 2, 2, 0, 0, 21),
    sourceIp: '198.51.100.7',
    method: 'GET',
    target: '/a?b=c',
    protocol: 'HTTP/1.1',
    status: 404,
    bytes: 1057,
    referer: 'https://example.com/',
    userAgent: AGENT,
    host: '',
    remoteUser: 'alice',
  });
});

test('a common line, dashes and a carriage return leave fields empty', () => {
  const common = parsed('2001:db8::1 - - [31/Dec/1999:23:59:59 -0830] "HEAD / HTTP/1.0" 304 -\r');
  expect(common).toMatchObject({ sourceIp: '2001:db8::1', method: 'HEAD', status: 304, bytes: 0, userAgent: '' });
  expect(common.timestampMs).toBe(Date.UTC(2000, 0, 1, 8, 29, 59));
  expect(parsed(withRequest('GET / HTTP/1.1'))).toMatchObject({ referer: '', userAgent: '', remoteUser: '' });
});

test.each([
  [String.raw`GET /\x22\xC3\xA9 HTTP/1.1`, '/"\u00c3\u00a9'],
  [String.raw`GET /a\"b\\c HTTP/1.1`, '/a"b\\c'],
  [String.raw`GET /..\..\boot.ini?\xZZ HTTP/1.1`, String.raw`/..\..\boot.ini?\xZZ`],
  ['GET /a b c HTTP/1.1', '/a b c'],
  ['GET /?q=" onmouseover=1 HTTP/1.1', '/?q=" onmouseover=1'],
])('the writer quoting of %s is undone', (request, target) => {
  expect(parsed(withRequest(request))).toMatchObject({ method: 'GET', target, status: 400 });
});

test.each([
  [String.raw`\x16\x03\x01\x00\xEE`, '\u0016\u0003\u0001\u0000\u00ee'],
  ['', ''],
  ['-', ''],
  ['hello world', 'hello world'],
  ['/path HTTP/1.1', '/path HTTP/1.1'],
  ['GET', 'GET'],
])('a request line %j that is not HTTP becomes the target', (request, target) => {
  expect(parsed(withRequest(request))).toMatchObject({ method: '-', target, protocol: '' });
});

test('unusual methods, HTTP/0.9, absolute targets and CONNECT are requests', () => {
  expect(parsed(withRequest('propfind /dav HTTP/1.1'))).toMatchObject({ method: 'PROPFIND', target: '/dav' });
  expect(parsed(withRequest('GET /old'))).toMatchObject({ method: 'GET', target: '/old', protocol: '' });
  expect(parsed(withRequest('CONNECT evil:443 HTTP/1.1'))).toMatchObject({ method: 'CONNECT', target: 'evil:443' });
});

test('quotes that a writer left unescaped in referrer and agent do not shift the fields', () => {
  const line = `10.0.0.1 - - [${TIME}] "GET / HTTP/1.1" 200 1 "x"y" "a" onload="b"`;
  expect(parsed(line)).toMatchObject({ referer: 'x"y' });
});

test('a user name can forge neither time nor request', () => {
  const user = String.raw`x [01/Jan/2001:00:00:00 +0000] \"GET /forged HTTP/1.1\" 200 1`;
  expect(parsed(`10.0.0.1 - ${user} [${TIME}] "GET /real HTTP/1.1" 200 5 "-" "-"`)).toMatchObject({
    target: '/real',
    timestampMs: Date.UTC(2026, 2, 2, 0, 0, 21),
  });
});

test('an address loses its port, its brackets and the proxies behind it', () => {
  for (const [logged, address] of [
    ['192.0.2.1:4711', '192.0.2.1'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['192.0.2.1,', '192.0.2.1'],
  ])
    expect(parsed(`${logged} - - [${TIME}] "GET / HTTP/1.1" 200 5`).sourceIp).toBe(address);
});

test.each([
  ['10/Oct/2026:13:55:36-07:00', Date.UTC(2026, 9, 10, 20, 55, 36)],
  ['10/Oct/2026:13:55:36.12345', Date.UTC(2026, 9, 10, 13, 55, 36, 123)],
])('a time that is as long as the usual ones and written otherwise is read: %s', (time, ms) => {
  expect(Math.floor(parsed(`10.0.0.1 - - [${time}] "GET / HTTP/1.1" 200 5`).timestampMs)).toBe(ms);
});

test('further fields are kept for the format and a line that was cut off keeps what it has', () => {
  expect(parsed(`10.0.0.1 - - [${TIME}] "GET / HTTP/1.1" 200 5 "-" "agent" 0.042 [up]`).userAgent).toBe('agent');
  expect(combinedRest(`10.0.0.1 - - [${TIME}] "GET / HTTP/1.1" 200 5 "-" "agent" 0.042 [up]`)).toBe('0.042 [up]');
  expect(parsed(`10.0.0.1 - - [${TIME}] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X1`).userAgent).toBe(
    'Mozilla/5.0 (X1',
  );
  expect(parsed(`10.0.0.1 - - [${TIME}] "GET / HTTP/1.1" 200`)).toMatchObject({ status: 200, bytes: 0 });
});

test.each([
  ['', 'empty'],
  ['  \r', 'empty'],
  ['not a log line', 'unparsable'],
  ['10.0.0.1 - - [32/Mar/2026:00:00:21 +0000] "GET / HTTP/1.1" 200 5', 'invalid_timestamp'],
  ['10.0.0.1 - - [29/Feb/2026:00:00:21 +0000] "GET / HTTP/1.1" 200 5', 'invalid_timestamp'],
  ['10.0.0.1 - - [02/Mär/2026:00:00:21 +0000] "GET / HTTP/1.1" 200 5', 'invalid_timestamp'],
  ['10.0.0.1 - - [31/Dec/9999:23:59:59 -1200] "GET / HTTP/1.1" 200 5', 'invalid_timestamp'],
  ['10.0.0.1 - - [02/Mar/0001:00:00:21 +0000] "GET / HTTP/1.1" 200 5', 'invalid_timestamp'],
  [`10.0.0.1 - - [${TIME}] "GET / HTTP/1.1" abc 5`, 'unparsable'],
  [`10.0.0.1 - - [${TIME}] "GET / HTTP/1.1`, 'unparsable'],
])('%j is rejected as %s', (line, reason) => {
  expect(parseCombined(line)).toEqual({ ok: false, reason });
});

test('spans point at the fields in the raw line', () => {
  const line = String.raw`10.0.0.1 - - [${TIME}] "GET /\x22 HTTP/1.1" 200 5 "ref" "agent"`;
  const spans = combinedSpans(line);
  const text = (span: readonly [number, number] | undefined): string | undefined => span && line.slice(...span);
  expect(text(spans.request)).toBe(String.raw`GET /\x22 HTTP/1.1`);
  expect([text(spans.status), text(spans.referer), text(spans.userAgent)]).toEqual(['200', 'ref', 'agent']);
});

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});
const piece = fc.oneof(
  latin1,
  fc.constantFrom('"', '\\', '\\"', ' ', '[', ']', `[${TIME}]`, ' - - ', '"GET / HTTP/1.1"', ' 200 5 ', '\\x2', '-'),
);

test('no input makes the parser throw, and fields hold nothing that the line does not', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const line = pieces.join('');
      const result = parseCombined(line);
      combinedSpans(line);
      if (!result.ok) return;
      const { target, referer, userAgent, sourceIp } = result.request;
      expect(target.length + referer.length + userAgent.length + sourceIp.length).toBeLessThanOrEqual(line.length + 1);
      const whole = line.includes('\\') ? [] : [target, referer, userAgent];
      expect(whole.filter((field) => !line.includes(field))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('what nginx escapes comes back byte for byte', () => {
  const escape = (text: string): string =>
    text.replace(/[^\x20-\x7e]|["\\]/g, (c) => `\\x${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  fc.assert(
    fc.property(latin1, latin1, (referer, agent) => {
      fc.pre(referer !== '-' && agent !== '-');
      const line = `10.0.0.1 - - [${TIME}] "GET / HTTP/1.1" 200 5 "${escape(referer)}" "${escape(agent)}"`;
      expect(parsed(line)).toMatchObject({ referer, userAgent: agent });
    }),
  );
});
