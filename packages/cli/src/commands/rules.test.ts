import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { outputOf } from '../testing/run-command.ts';
import { runVigil } from '../testing/run-vigil.ts';
import { rulesCommand } from './rules.ts';

const INJECTION =
  '203.0.113.9 - - [23/Nov/2026:12:00:00 +0000] "GET /?id=1%27%20union%20select%20password%20from%20users-- HTTP/1.1" 200 12 "-" "curl/8"';
const TEAPOT = '203.0.113.9 - - [23/Nov/2026:12:00:00 +0000] "GET /teapot HTTP/1.1" 418 12 "-" "Mozilla/5.0"';
const PACK = `pack: own
version: 1.0.0
description: Rules of a test.
rules:
  - id: own-teapot
    title: Asks a teapot
    class: SCANNER
    cwe: 200
    capec: 118
    attack: T1595
    score: 0.6
    fields: [path]
    regex: /teapot
    gate: [teapot]
    references: [https://www.rfc-editor.org/rfc/rfc2324]
    examples: { positive: [/teapot], negative: [/kettle] }
`;

const folder = mkdtempSync(join(tmpdir(), 'vigil-rules-'));
const own = join(folder, 'own');
const bad = join(folder, 'bad');
beforeAll(() => {
  mkdirSync(join(own, 'shadow'), { recursive: true });
  writeFileSync(join(own, 'own.yaml'), PACK);
  writeFileSync(join(own, 'shadow', 'new.yaml'), PACK.replaceAll('own', 'new'));
  writeFileSync(
    join(own, 'suppressions.yaml'),
    '[{ id: our-scanner, reason: It is ours., cidrs: [203.0.113.0/24] }]\n',
  );
  mkdirSync(bad);
  writeFileSync(join(bad, 'own.yaml'), PACK.replace('score: 0.6', 'score: much'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]): Promise<string> => outputOf(rulesCommand(), args);

it('lists the rules of a class, however it is written, and says which there are where there is no such one', async () => {
  const list = await run('list', '--class', 'xss');
  expect(list).toMatch(/ XSS /);
  expect(list).not.toContain('SQL_INJECTION');
  await expect(run('list', '--class', 'bogus')).rejects.toThrow(
    /^No rule has the class BOGUS; there are .*SQL_INJECTION/,
  );
});

describe('with rules of the operator', () => {
  it.each([
    ['--rules-dir', ['--rules-dir', own], {}],
    ['RULES_DIR', [], { RULES_DIR: own }],
  ])('lists, shows and explains by what %s names', async (_what, args, env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const list = await run('list', ...args);
    expect(list).toContain('own-teapot');
    expect(list).toMatch(/^new 1\.0\.0 \(shadow/m);
    expect(list).toMatch(/our-scanner +It is ours\./);
    const ofClass = await run('list', '--class', 'SCANNER', ...args);
    expect(ofClass).toContain('own-teapot');
    expect(ofClass).not.toMatch(/sqli-union-select|our-scanner/);
    expect(await run('show', 'own-teapot', ...args)).toContain('Asks a teapot');
    const explained = await run('explain', INJECTION, ...args);
    expect(explained).toMatch(/0\.00 LOW\n {2}kept from alerting by our-scanner/);
    expect(explained).toContain('with new of the shadow packs');
  });

  it('knows none of them otherwise', async () => {
    expect(await run('list')).not.toContain('own-teapot');
    expect(await run('explain', TEAPOT)).not.toContain('own-teapot');
    expect(await run('explain', INJECTION)).toContain('1.00 HIGH');
  });
});

it.each([
  ['rules list', ['rules', 'list', '--rules-dir', bad], /own\.yaml:11: /],
  ['scan', ['scan', '--rules-dir', bad, join(own, 'own.yaml')], /own\.yaml:11: /],
  ['rules explain', ['rules', 'explain', '--format', '$foo', TEAPOT], /^vigil: .*format/],
  ['scan', ['scan', '--format', '$foo', join(own, 'own.yaml')], /^vigil: .*format/],
])('tells of a mistake in what %s is given without a stack', async (_what, args, message) => {
  const { stderr, code } = await runVigil(args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(code).toBe(2);
});
