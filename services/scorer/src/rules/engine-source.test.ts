import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, PackProblem } from '@vigil/detection';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseCombined } from '@vigil/detection/formats/combined';
import { logLine } from '../testing/line-batch.ts';
import { createEngineSource } from './engine-source.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-rules-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const pack = (id: string, word: string): string => `
pack: ${id}
version: 1.0.0
rules:
  - id: ${id}-word
    title: A word of our own
    class: OWN_WORD
    cwe: 20
    capec: 153
    attack: T1190
    score: 0.8
    fields: [path]
    regex: ${word}
    gate: [${word}]
    examples: { positive: ['/${word}'], negative: ['/'] }
`;

const scoreOf = (engine: Engine, target: string): number => {
  const parsed = parseCombined(logLine(target));
  if (!parsed.ok) throw new Error(parsed.reason);
  return engine.conclude(parsed.request, engine.inspect(parsed.request)).score;
};

it("takes a folder's packs beside the built-in ones, shadow packs and suppressions", () => {
  writeFileSync(join(dir, 'own.yaml'), pack('own', 'zebra'));
  mkdirSync(join(dir, 'shadow'));
  writeFileSync(join(dir, 'shadow', 'next.yaml'), pack('next', 'giraffe'));
  writeFileSync(join(dir, 'suppressions.yaml'), `- { id: zoo, reason: our zoo, rules: [own-word], path: /zoo/* }`);
  const engine = createEngineSource({ rulesDir: dir }).current();
  expect(scoreOf(engine, '/zebra')).toBe(0.8);
  expect(scoreOf(engine, '/zoo/zebra')).toBe(0);
  expect(scoreOf(engine, '/giraffe')).toBe(0);
  expect(scoreOf(engine, '/?q=1%27%20union%20select%201--')).toBeGreaterThanOrEqual(0.7);
  expect(engine.version).toContain('own@1.0.0');
});

it('takes the pack and the suppressions that CONTRIBUTING.md shows', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../CONTRIBUTING.md'), 'utf8');
  const [site = '', suppressions = ''] = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
  writeFileSync(join(dir, 'site.yaml'), site);
  expect(scoreOf(createEngineSource({ rulesDir: dir }).current(), '/help/a?q=1%27+union+select+1--')).toBeGreaterThan(
    0.7,
  );
  writeFileSync(join(dir, 'suppressions.yaml'), suppressions);
  const engine = createEngineSource({ rulesDir: dir }).current();
  expect(scoreOf(engine, '/old-admin/login')).toBe(0.6);
  expect(scoreOf(engine, '/help/a?q=1%27+union+select+1--')).toBe(0);
  expect(scoreOf(engine, '/a?q=1%27+union+select+1--')).toBeGreaterThan(0.7);
});

it('refuses to begin with rules that are not valid, and says where', () => {
  writeFileSync(join(dir, 'bad.yaml'), `${pack('bad', 'x')}  - id: bad-2\n    title: 1\n`);
  expect(() => createEngineSource({ rulesDir: dir })).toThrow(/bad\.yaml:\d+: .*/);
  writeFileSync(join(dir, 'bad.yaml'), pack('bad', 'xyz'));
  writeFileSync(
    join(dir, 'suppressions.yaml'),
    `- { id: a1, reason: fine, rules: [x] }\n- { id: b1, reason: everything }\n`,
  );
  expect(() => createEngineSource({ rulesDir: dir })).toThrow(/suppressions\.yaml:2: .*at least one/);
});

it('says of a folder that it cannot read why, and of what is wrong with all of it no line', () => {
  const missing = join(dir, 'missing');
  expect(() => createEngineSource({ rulesDir: missing })).toThrow(`${missing}: there is no such folder`);
  const file = join(dir, 'own.yaml');
  writeFileSync(file, pack('own', 'zebra'));
  expect(() => createEngineSource({ rulesDir: file })).toThrow(`${file}: it is no folder`);
  writeFileSync(join(dir, 'again.yaml'), pack('own', 'zebra'));
  expect(() => createEngineSource({ rulesDir: dir })).toThrow(`${dir}: two packs have the id own`);
});

it.each([
  ['a pipe', (path: string) => execFileSync('mkfifo', [path]), 'it is no file'],
  ['a link to nothing', (path: string) => symlinkSync(join(dir, 'missing'), path), 'it leads to no file'],
  ['a link in a circle', (path: string) => symlinkSync(path, path), 'the link leads in a circle'],
])('says what to do about %s where a file of rules is wanted, and waits for none', (_what, make, reason) => {
  const path = join(dir, 'own.yaml');
  make(path);
  expect(() => createEngineSource({ rulesDir: dir })).toThrow(`${path}: ${reason}`);
});

it.each(['access.log.yaml', 'suppressions.yaml'])('takes no %s that is larger than any pack', (name) => {
  writeFileSync(join(dir, name), `- ${'x'.repeat(4 * 1024 * 1024)}`);
  expect(() => createEngineSource({ rulesDir: dir })).toThrow(`${join(dir, name)}:1: larger than`);
});

it('takes changed rules while it runs and keeps the old ones where the change is not valid', async () => {
  writeFileSync(join(dir, 'own.yaml'), pack('own', 'zebra'));
  const source = createEngineSource({ rulesDir: dir, pollIntervalMs: 5 });
  const reloads: string[] = [];
  const refusals: (readonly PackProblem[])[] = [];
  const stop = source.watch!({
    onReload: (engine) => void reloads.push(engine.version),
    onRefused: (problems) => void refusals.push(problems),
  });
  const wait = { timeoutMs: 10_000, what: 'the rules are looked at' };
  writeFileSync(join(dir, 'own.yaml'), 'pack: [');
  await waitUntil(() => refusals.length > 0, wait);
  expect(refusals[0]![0]).toMatchObject({ file: join(dir, 'own.yaml'), line: 1 });
  expect(scoreOf(source.current(), '/zebra')).toBe(0.8);
  writeFileSync(join(dir, 'own.yaml'), pack('own', 'okapis'));
  await waitUntil(() => reloads.length > 0, wait);
  expect([scoreOf(source.current(), '/zebra'), scoreOf(source.current(), '/okapis')]).toEqual([0, 0.8]);
  stop();
});
