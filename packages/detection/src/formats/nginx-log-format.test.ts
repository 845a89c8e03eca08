import { expect, test } from 'vitest';
import { requestOf } from '../testing/request-of.ts';
import { createLineParser } from './line-parser.ts';

const MAIN = `log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for" rt=$request_time';`;

test("nginx's log_format is taken as it stands in nginx.conf", () => {
  const line =
    '203.0.113.5 - - [02/Mar/2026:00:00:21 +0000] "GET /\\x22 HTTP/1.1" 200 5 "-" "agent" "10.1.1.1" rt=0.250';
  expect(requestOf(line, MAIN)).toMatchObject({ target: '/"', userAgent: 'agent', durationSeconds: 0.25 });
  expect(createLineParser(MAIN).spans(line).userAgent).toEqual([line.indexOf('agent'), line.indexOf('agent') + 5]);
});

test.each([
  [
    '$time_iso8601|$remote_addr|$request_method|$uri|$args|$status',
    '2026-03-02T00:00:21+00:00|10.0.0.1|GET|/a|b=1|200',
  ],
  ["'$msec $host ${remote_addr} [$request_method $request_uri] $status'", '1772409621.000 h 10.0.0.1 [GET /a?b=1] 200'],
  [
    'log_format j escape=json \'{"t":"$time_iso8601","who":"$remote_addr",\' \'"m":"$request_method","u":"$request_uri","s":$status}\';',
    '{"t":"2026-03-02T00:00:21+00:00","who":"10.0.0.1","m":"GET","u":"/a?b=1","s":200}',
  ],
])("nginx's format %s is read", (format, line) => {
  expect(requestOf(line, format)).toMatchObject({ method: 'GET', target: '/a?b=1', status: 200, sourceIp: '10.0.0.1' });
  expect(requestOf(line, format).timestampMs).toBe(Date.parse('2026-03-02T00:00:21Z'));
});

test("tabs of nginx's formats are written as nginx reads them", () => {
  const format = String.raw`log_format tabs '$msec\t$remote_addr\t$request_method\t$request_uri\t$status';`;
  for (const written of [format, String.raw`$msec\t$remote_addr\t$request_method\t$request_uri\t$status`])
    expect(requestOf('1772409621.000\t10.0.0.1\tGET\t/a b?c\t200', written)).toMatchObject({
      target: '/a b?c',
      status: 200,
    });
});

test.each([
  [
    'stands in brackets',
    MAIN,
    (user: string) => `10.0.0.1 - ${user} [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 200 5`,
  ],
  [
    'stands alone',
    '$remote_addr $remote_user $time_iso8601 "$request" $status',
    (user: string) => `10.0.0.1 ${user} 2026-03-02T00:00:21+00:00 "GET /a HTTP/1.1" 200`,
  ],
  [
    'stands alone and has a blank in it',
    '$remote_addr $remote_user $time_local "$request" $status',
    (user: string) => `10.0.0.1 ${user} 02/Mar/2026:00:00:21 +0000 "GET /a HTTP/1.1" 200`,
  ],
  [
    'has a header before it that clients send as well',
    '$remote_addr $http_x_forwarded_for - $remote_user [$time_local] "$request" $status',
    (user: string) => `10.0.0.1 192.0.2.1, 192.0.2.2 - ${user} [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 200`,
  ],
])("a user's name moves no time that %s", (_what, format, lineOf) => {
  const rest = format === MAIN ? ' "-" "-" "-" rt=0.1' : '';
  const names = [
    'a b',
    'a [b',
    ' [',
    'a [01/Jan/2000:00:00:00 +0000]',
    '2000-01-01T00:00:00Z',
    '\\x22',
    'a \\x22GET /b',
    'a - b',
  ];
  for (const name of names) {
    const line = `${lineOf(name)}${rest}`;
    const request = requestOf(line, format);
    expect(request).toMatchObject({ target: '/a', status: 200, sourceIp: '10.0.0.1' });
    expect(request.timestampMs).toBe(Date.parse('2026-03-02T00:00:21Z'));
    expect(request.remoteUser).toBe(name.replaceAll('\\x22', '"'));
    const [start, end] = createLineParser(format).spans(line).remoteUser!;
    expect(line.slice(start, end)).toBe(name);
  }
});

test.each([
  ['$time_local $remote_addr "$request" $status', '02/Mar/2026:02:00:21 +0200 10.0.0.1 "GET /a HTTP/1.1" 200'],
  ['$remote_addr $time_local $status "$request"', '10.0.0.1 02/Mar/2026:02:00:21 +0200 200 "GET /a HTTP/1.1"'],
  ['$remote_addr $status "$request" $time_local', '10.0.0.1 200 "GET /a HTTP/1.1" 02/Mar/2026:02:00:21 +0200'],
  [
    '$remote_addr $remote_user $time_local "$request" $status',
    '10.0.0.1 - 02/Mar/2026:02:00:21 +0200 "GET /a HTTP/1.1" 200',
  ],
  [String.raw`%{%Y-%m-%d %H:%M:%S}t %h \"%r\" %>s`, '2026-03-02 00:00:21 10.0.0.1 "GET /a HTTP/1.1" 200'],
])('a time without brackets has its zone in %s', (format, line) => {
  expect(requestOf(line, format)).toMatchObject({
    timestampMs: Date.parse('2026-03-02T00:00:21Z'),
    sourceIp: '10.0.0.1',
    target: '/a',
    status: 200,
    remoteUser: '',
  });
});
