import { expect, test } from 'vitest';
import { requestOf } from '../testing/request-of.ts';
import { SAMPLE_LINES } from '../testing/sample-lines.ts';
import { createLineParser } from './line-parser.ts';
import { timeZone } from './time-zone.ts';

test.each(Object.entries(SAMPLE_LINES))('a line of %s is detected and read', (_name, [line, expected]) => {
  expect(requestOf(line)).toMatchObject(expected);
});

test.each(Object.entries(SAMPLE_LINES))('spans in a line of %s point at the request', (_name, [line]) => {
  const parser = createLineParser();
  const result = parser.parse(line);
  const spans = parser.spans(line);
  // What was decoded out of a wrapping stands nowhere as it is, and then there are no spans.
  const span = spans.target ?? spans.request;
  const text = span === undefined ? undefined : line.slice(...span);
  const start = result.ok ? result.request.target.slice(0, 2) : '';
  expect(text ?? start).toContain(start);
});

test('a source whose lines mix formats loses none, and its format follows the lines', () => {
  const parser = createLineParser();
  const lines = Object.values(SAMPLE_LINES).map(([line]) => line);
  for (const line of [...lines, ...lines.toReversed()]) expect(parser.parse(line).ok).toBe(true);
  for (let i = 0; i < 10; i += 1) parser.parse(SAMPLE_LINES['Envoy']![0]);
  expect(parser.format()).toBe('envoy');
  expect(parser.parse('garbage')).toEqual({ ok: false, reason: 'unparsable' });
  expect(parser.parse('')).toEqual({ ok: false, reason: 'empty' });
});

test.each([
  '{"level":"info","ts":1772409621.1,"msg":"config loaded","path":"/etc/app/config.yaml"}',
  '{"time":"2026-03-02T00:00:21Z","level":"ERROR","msg":"db failed","url":"postgres://db/x"}',
  '{"timestamp":"2026-03-02T00:00:21Z","level":"info","event":"job done","request":"abc","status":"ok"}',
  '{"timestamp":"2026-03-02T00:00:21.000000+0000","event_type":"dns","src_ip":"203.0.113.5","dns":{"rrname":"a.example"}}',
  'time="2026-03-02T00:00:21Z" level=warning msg="could not open" path=/var/run/docker.sock method=open status=error',
  'web-1  | Listening on http://0.0.0.0:3000',
  'Mar  2 00:00:21 web1 sshd[1234]: Failed password for invalid user admin from 203.0.113.5 port 4242 ssh2',
  '2026/03/02 00:00:21 [error] 31#31: *46 open() "/a" failed, client: 203.0.113.5, request: "GET /a HTTP/1.1", host: "x"',
  '[2026-03-02 00:00:21,123] INFO worker 17 said "hello there" 12 items of kind x y z',
  '[2026-03-02 00:00:21 +0000] [7] [INFO] Handling "x" 1 2 3 4 5',
  '[2026-03-02T00:00:21.000Z] "GET /a HTTP/1.1" 200 "x" "y" "z" 1 2 3 4',
  '2026-03-02 00:00:21 INFO worker was told 12 times of queue mails 200 in all 12',
  '[Mon Mar 02 00:00:21.880562 2026] [core:error] [pid 10] [client 203.0.113.5:50229] AH10244: invalid URI path (/a)',
])('what is no request is taken for none: %s', (line) => {
  expect(createLineParser().parse(line)).toEqual({ ok: false, reason: 'unparsable' });
});

const CUT_OFF = String.raw`"GET /a?b=1&c=\x22\xE2 HTTP/1.1" 20`;

test.each([
  ['combined', '203.0.113.5 - bob [10/Oct/2025:13:55:36 +0000] '],
  ['vhost_combined', 'shop.example:443 203.0.113.5 - - [10/Oct/2025:13:55:36 +0000] '],
  [
    'HAProxy',
    'Feb  6 12:14:14 host haproxy[1]: 203.0.113.5:33317 [06/Feb/2025:12:14:14.655] in srv/1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 ',
  ],
  ['combined behind syslog', '<190>Feb  6 12:14:14 web1 nginx: 203.0.113.5 - - [10/Oct/2025:13:55:36 +0000] '],
])('a line that was cut off within its request is read up to there: %s', (name, before) => {
  // HAProxy writes the status before.
  const whole = name === 'HAProxy' ? '"GET /a?b=1&c=#22 HTTP/1.1' : CUT_OFF;
  for (let length = '"GET /a?b=1'.length; length <= whole.length; length += 1) {
    const line = before + whole.slice(0, length);
    const target = expect.stringMatching(/^\/a\?b=1/) as string;
    expect(requestOf(line)).toMatchObject({ sourceIp: '203.0.113.5', method: 'GET', target });
    for (const span of Object.values(createLineParser().spans(line))) expect(span[1]).toBeLessThanOrEqual(line.length);
  }
});

test.each(['', ' ', ' 2', ' 20'])(
  'a line that was cut off behind its request has that as it was sent: "%s"',
  (rest) => {
    expect(requestOf(`203.0.113.5 - - [10/Oct/2025:13:55:36 +0000] "GET /a HTTP/1.1"${rest}`)).toMatchObject({
      target: '/a',
      protocol: 'HTTP/1.1',
      status: 0,
    });
  },
);

test.each(['_GET', '-', "!#$%&'*+.^`|~", 'A'.repeat(100)])(
  'a request is read whatever its method, which servers hand on as it is: %s',
  (method) => {
    const target = '/a?b=1';
    const combined = `203.0.113.5 - - [10/Oct/2025:13:55:36 +0000] "${method} ${target} HTTP/1.1" 200 23 "-" "x"`;
    const json = JSON.stringify({ remote_addr: '203.0.113.5', time: '2025-10-10T13:55:36Z', method, uri: target });
    for (const line of [combined, json])
      expect(createLineParser().parse(line)).toMatchObject({ request: { method: method.slice(0, 32), target } });
  },
);

test('a line of JSON without any request, which TLS on a plain port leaves, is read as one that asks for nothing', () => {
  const line = '{"time":"2026-03-02T00:00:21Z","remote_addr":"203.0.113.9","method":"","uri":"","status":400}';
  expect(requestOf(line)).toMatchObject({ method: '-', target: '', status: 400 });
  expect(createLineParser().parse('{"time":"2026-03-02T00:00:21Z","path":"","msg":"x"}').ok).toBe(false);
});

test('a whole URL is a path where varnishncsa writes it, and elsewhere what somebody asked of a proxy', () => {
  const line = '203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET http://shop.example/a?b=1 HTTP/1.1" 200 5 "-" "x"';
  expect(requestOf(line, 'varnish')).toMatchObject({ target: '/a?b=1', host: 'shop.example' });
  expect(requestOf(line)).toMatchObject({ target: 'http://shop.example/a?b=1', host: '' });
});

test.each([
  [
    '$proxy_protocol_addr [$time_local] "$request" $status',
    '203.0.113.9 [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 200',
  ],
  ['$http_cf_connecting_ip [$time_local] "$request"', '203.0.113.9 [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1"'],
  ['%{CF-Connecting-IP}i %t "%r" %>s', '203.0.113.9 [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 200'],
  ['%{True-Client-IP}i %h %t "%r"', '10.0.0.1 203.0.113.9 [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1"'],
  ['json', '{"time":"2026-03-02T00:00:21Z","http_x_real_ip":"203.0.113.9","request":"GET /a HTTP/1.1","status":200}'],
])('the client that a proxy names is taken where the format %s has no other', (format, line) => {
  expect(requestOf(line, format).sourceIp).toBe('203.0.113.9');
});

test.each([
  ['#Fields: time cs-uri-stem', /no time/],
  ['%h "%r" %>s', /no time.*%t in Apache/],
  ['LogFormat "%h %t %>s" x', /no request.*%r or %U in Apache/],
  ['%h%u %t %r', /nothing stands between/],
  ['$remote_addr$request [$time_local]', /nothing stands between/],
  ['$remote_addr "$request"', /no time/],
  ['[$time_local] $status', /no request/],
  ["log_format x '$time_local $request", /has no end/],
  ['%h %^[%d:%t %^] "%r" %s %b "%R" "%u"', /GoAccess.*log_format/],
  ['combind', /"combind" is no format.*combined.*log_format.*LogFormat/],
])('the custom format %s is refused with the reason', (format, reason) => {
  expect(() => createLineParser(format)).toThrow(reason);
});

const LOCAL_MS = Date.UTC(2026, 2, 2, 0, 0, 21);
const HAPROXY =
  '203.0.113.5:33317 [02/Mar/2026:00:00:21.000] in srv/1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"';

test.each([
  ['HAProxy', HAPROXY],
  ['HAProxy behind syslog, whose time is not the line', `<134>2026-03-02T00:00:21+00:00 lb haproxy[1]: ${HAPROXY}`],
  ['gin', '[GIN] 2026/03/02 - 00:00:21 | 404 |      13.977us |     203.0.113.5 | GET      "/a"'],
  ['combined', '203.0.113.5 - - [02/Mar/2026:00:00:21] "GET /a HTTP/1.1" 200 5 "-" "-"'],
  [
    'combined with a virtual host',
    'shop.example:80 203.0.113.5 - - [02/Mar/2026:00:00:21] "GET /a HTTP/1.1" 200 5 "-" "-"',
  ],
  ['JSON', '{"time":"2026-03-02 00:00:21","remote_addr":"203.0.113.5","request":"GET /a HTTP/1.1","status":200}'],
  ['uvicorn behind PM2', '2026-03-02T00:00:21: INFO:     203.0.113.5:4242 - "GET /a HTTP/1.1" 200 OK'],
])('a time that names no zone is one of the zone that is set: %s', (_name, line) => {
  const timeOf = (parser = createLineParser()): unknown => parser.parse(line);
  expect(timeOf()).toMatchObject({ request: { timestampMs: LOCAL_MS } });
  const parser = createLineParser(undefined, timeZone('+05:30'));
  // The second is read in the format that the first was found to have.
  for (let i = 0; i < 2; i += 1)
    expect(timeOf(parser)).toMatchObject({ request: { timestampMs: LOCAL_MS - 5.5 * 3_600_000 } });
});

test.each([
  ['combined', '203.0.113.5 - - [02/Mar/2026:01:00:21 +0100] "GET /a HTTP/1.1" 200 5 "-" "-"'],
  ['combined with a fraction', '203.0.113.5 - - [02/Mar/2026:00:00:21.000 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"'],
  ['seconds since the epoch', '203.0.113.5 - - [1772409621] "GET /a HTTP/1.1" 200 5 "-" "-"'],
  ['JSON', '{"time":"2026-03-02T00:00:21Z","remote_addr":"203.0.113.5","request":"GET /a HTTP/1.1","status":200}'],
  [
    'JSON with a number',
    '{"ts":1772409621.0,"request":{"remote_ip":"203.0.113.5","method":"GET","uri":"/a"},"status":200}',
  ],
  ['IIS, which writes UTC', '2026-03-02 00:00:21 10.0.0.4 GET /a - 443 - 203.0.113.5 curl/8 - 200 0 0 15'],
])('a time that is no matter of zones stays what it is: %s', (_name, line) => {
  const parser = createLineParser(undefined, timeZone('+05:30'));
  parser.parse(HAPROXY);
  expect(parser.parse(line)).toMatchObject({ request: { timestampMs: LOCAL_MS } });
});

test.each(['unix:', 'client.example.net', '-'])(
  "a user's name hides no request of a client that the log calls %s",
  (client) => {
    const lineOf = (user: string) =>
      `${client} - ${user} [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 200 5 "-" "agent"`;
    const parser = createLineParser();
    expect(parser.parse(lineOf('-'))).toMatchObject({ ok: true });
    for (const user of ['a b', 'a [b', '198.51.100.7 - -', 'web1 nginx: 198.51.100.7 - -']) {
      const line = lineOf(user);
      const request = { target: '/a', remoteUser: user, sourceIp: client };
      expect(parser.parse(line)).toMatchObject({ ok: true, request });
      const [start, end] = parser.spans(line).userAgent!;
      expect(line.slice(start, end)).toBe('agent');
    }
    expect(parser.format()).toBe('combined');
    // What stands before a line of another log is still no client.
    expect(createLineParser().parse(lineOf('198.51.100.7 - -'))).toMatchObject({ ok: false });
  },
);
