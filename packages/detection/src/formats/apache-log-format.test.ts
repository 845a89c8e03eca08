import { expect, test } from 'vitest';
import { requestOf } from '../testing/request-of.ts';

test.each([
  ['%t %a "%m %U%q %H" %>s %B', '[02/Mar/2026:01:00:21 +0100] 10.0.0.1 "GET /a?b=1 HTTP/1.1" 200 5'],
  [
    String.raw`LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" %{ms}T" vhost_ms`,
    'a.example:443 10.0.0.1 - - [02/Mar/2026:00:00:21 +0000] "GET /a?b=1 HTTP/1.1" 200 5 "-" 12',
  ],
  [
    String.raw`CustomLog "/var/log/access.log" '%{X-Forwarded-For}i|%{%Y-%m-%dT%T%z}t|%!404{User-Agent}i|%{SSL_PROTOCOL}x|%r|%s'`,
    '10.0.0.1, 192.0.2.1|2026-03-02T00:00:21+0000|Mozilla/5.0|TLSv1.3|GET /a?b=1 HTTP/1.1|200',
  ],
  [
    String.raw`[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] %h \"%r\" %>s %%`,
    '[02/Mar/2026 00:00:21.000 +0000] 10.0.0.1 "GET /a?b=1 HTTP/1.1" 200 %',
  ],
  [String.raw`"%{sec}t\t%h\t%m\t%U%q\t%>s"`, '1772409621\t10.0.0.1\tGET\t/a?b=1\t200'],
  [
    String.raw`LogFormat "{\"at\":\"%{%Y-%m-%d}tT%{%T}t.%{msec_frac}tZ\",\"peer\":\"%a\",\"what\":\"%m\",\"where\":\"%U%q\",\"code\":%>s,\"us\":%D}" json`,
    '{"at":"2026-03-02T00:00:21.000Z","peer":"10.0.0.1","what":"GET","where":"/a?b=1","code":200,"us":1500}',
  ],
])("Apache's format %s is read", (format, line) => {
  expect(requestOf(line, format)).toMatchObject({ method: 'GET', target: '/a?b=1', status: 200, sourceIp: '10.0.0.1' });
  expect(requestOf(line, format).timestampMs).toBe(Date.parse('2026-03-02T00:00:21Z'));
});

test("durations of Apache's formats come in their own units", () => {
  const seconds = (format: string, line: string): unknown => requestOf(line, format).durationSeconds;
  expect(seconds('%t "%r" %D', '[02/Mar/2026:00:00:21 +0000] "GET / HTTP/1.1" 1500')).toBe(0.0015);
  expect(seconds('%t "%r" %{ms}T', '[02/Mar/2026:00:00:21 +0000] "GET / HTTP/1.1" 12')).toBe(0.012);
  expect(
    seconds('{"t":"%t","r":"%r","took":%D}', '{"t":"[02/Mar/2026:00:00:21 +0000]","r":"GET / HTTP/1.1","took":1500}'),
  ).toBe(0.0015);
});

test("a user's name moves no time of Apache's formats", () => {
  const format = '%v:%p %h %l %u %t "%r" %>s %O';
  for (const name of ['a b', 'a [b', 'a [01/Jan/2000:00:00:00 +0000] \\"GET / HTTP/1.1\\" 200']) {
    const line = `a.example:443 10.0.0.1 - ${name} [02/Mar/2026:00:00:21 +0000] "GET /a HTTP/1.1" 200 5`;
    expect(requestOf(line, format)).toMatchObject({ target: '/a', status: 200, remoteUser: name.replaceAll('\\', '') });
    expect(requestOf(line, format).timestampMs).toBe(Date.parse('2026-03-02T00:00:21Z'));
  }
});
