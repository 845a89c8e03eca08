import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLineParser } from '../formats/line-parser.ts';
import { createEngine } from '../index.ts';

const engine = createEngine();

function listed(name: string): string[] {
  const text = readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8');
  return text.split('\n').filter(Boolean);
}

/** As nginx writes what a client sent. */
const escaped = (text: string): string => text.replace(/["\\]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
const time = '10/Dec/2021:13:13:51 +0000';
const combined = (user: string, behind: string): string =>
  `203.0.113.9 - ${user} [${time}] "GET / HTTP/1.1" 200 612 "-" "Mozilla/5.0"${behind}`;
const json = (fields: object): string =>
  JSON.stringify({ remote_addr: '203.0.113.9', time_local: time, request: 'GET / HTTP/1.1', status: 200, ...fields });

/** What is told of a client's text, by where it is logged. */
const WRITTEN: readonly [where: string, line: (text: string) => string, format?: string][] = [
  ["nginx's main", (text) => combined('-', ` "${escaped(text)}"`)],
  ['a user', (text) => combined(escaped(text), '')],
  ['a second header', (text) => combined('-', ` 0.004 "-" "${escaped(text)}"`)],
  [
    'a format of nginx that is set',
    (text) => `[${time}] "GET / HTTP/1.1" 200 "${escaped(text)}" 203.0.113.9`,
    '[$time_local] "$request" $status "$http_x_api_version" $remote_addr',
  ],
  [
    'a format of Apache that is set',
    (text) => `203.0.113.9 [${time}] "GET / HTTP/1.1" 200 "${escaped(text)}"`,
    String.raw`%h %t \"%r\" %>s \"%{X-Forwarded-For}i\"`,
  ],
  ['JSON', (text) => json({ http_x_forwarded_for: text })],
  [
    "JSON of Caddy's shape",
    (text) => json({ request: { uri: '/', method: 'GET', headers: { 'X-Api-Version': [text] } } }),
  ],
  ["JSON of Traefik's", (text) => json({ 'request_X-Real-Ip': text })],
];

/** Score and where the strongest evidence is, if the text is logged so. */
function judged(text: string, line: (text: string) => string, format?: string) {
  const parsed = createLineParser(format).parse(Buffer.from(line(text), 'utf8').toString('latin1'));
  if (!parsed.ok) throw new Error(`${line(text)} is ${parsed.reason}`);
  const { score, matches } = engine.conclude(parsed.request, engine.inspect(parsed.request));
  return { text, alerts: score >= 0.5, field: matches[0]?.field };
}

test.each(WRITTEN)('what attackers put into headers alerts in %s', (where, line, format) => {
  const field = where === 'a user' ? 'remote_user' : 'header';
  for (const text of listed('headers-attacks.txt'))
    expect(judged(text, line, format)).toEqual({ text, alerts: true, field });
});

test.each(WRITTEN)('what browsers, proxies and names hold is no evidence in %s', (_where, line, format) => {
  for (const text of listed('headers-harmless.txt'))
    expect(judged(text, line, format)).toEqual({ text, alerts: false, field: undefined });
});

test('a URL that was typed into a search and is passed on in a header is judged as a referer is', () => {
  for (const query of ['%22sql+injection%22+%27or+1%3D1%27', '%3Cscript%3E+tag+html', 'c%2B%2B+sleep(5)']) {
    const { alerts } = judged(`https://www.google.com/search?q=${query}`, (text) => combined('-', ` "${text}"`));
    expect({ query, alerts }).toEqual({ query, alerts: false });
  }
});

test('what attackers put into a host is judged as in any header', () => {
  const host = (text: string) => json({ http_host: text });
  for (const text of [
    'x" onfocus=alert(5) autofocus="',
    "b.example' AND sleep(5)-- -",
    'b.example;id',
    '$(id).b.example',
  ])
    expect(judged(text, host)).toEqual({ text, alerts: true, field: 'host' });
  for (const text of [
    'sleep.example',
    'union-select.example:8443',
    '[2001:db8::1]:80',
    '*.example.com',
    '_',
    '{{host}}',
    '%{host}',
  ])
    expect(judged(text, host)).toEqual({ text, alerts: false, field: undefined });
});

test('plain texts that are attacks in one header alone are told by its name, however the log spells it', () => {
  const named: readonly ((name: string, text: string) => string)[] = [
    (name, text) => json({ request: { uri: '/', method: 'POST', headers: { [name]: [text] } } }),
    (name, text) => json({ headers: { [name.toLowerCase()]: text } }),
    (name, text) => json({ [`http_${name.toLowerCase().replaceAll('-', '_')}`]: text }),
    (name, text) => json({ [`request_${name}`]: text }),
  ];
  const told = (name: string, text: string) => named.map((line) => judged(text, (of) => line(name, of)).alerts);
  const attacks = [
    ['Next-Action', 'x'],
    ['X-Middleware-Subrequest', 'src/middleware:src/middleware:src/middleware'],
    ['Proxy', 'http://203.0.113.9:8080'],
    ['Range', 'bytes=0-,5-0,5-1,5-2,5-3,5-4'],
    ['Range', 'bytes=18-18446744073709551615'],
  ] as const;
  for (const [name, text] of attacks)
    expect([name, text, told(name, text)]).toEqual([name, text, named.map(() => true)]);
  const harmless = [
    ['Next-Action', '7f9e5d8c3b2a1f0e9d8c7b6a5f4e3d2c1b0a9f8e7d'],
    // As nginx and Apache write one that did not come.
    ['Next-Action', ''],
    ['Next-Action', '-'],
    ['X-Action', 'x'],
    ['X-Middleware-Subrequest', 'middleware'],
    ['Proxy-Connection', 'keep-alive'],
    ['Range', 'bytes=0-'],
    ['Range', 'bytes=0-1023, 4096-8191'],
    ['Range', 'bytes=0-65535,131072-196607,262144-327679,393216-458751,524288-589823'],
  ] as const;
  for (const [name, text] of harmless)
    expect([name, text, told(name, text)]).toEqual([name, text, named.map(() => false)]);
});

test('no number of ordinary headers hides one, nor makes evidence together', () => {
  const ordinary = Object.fromEntries(
    listed('headers-harmless.txt')
      .slice(0, 50)
      .map((text, index) => [`X-${index}`, text]),
  );
  const caddy = (more: object) => json({ request: { uri: '/', method: 'GET', headers: { ...ordinary, ...more } } });
  expect(judged('none', () => caddy({})).alerts).toBe(false);
  expect(judged('last', () => caddy({ 'X-Last': "x' AND sleep(5)-- -" })).alerts).toBe(true);
});
