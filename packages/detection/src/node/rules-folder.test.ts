import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { builtInPacks } from './built-in-packs.ts';
import { RulesFolder, type FolderRules } from './rules-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pack = (name: string, regex = 'secret{1,3}', version = '1.0.0') => `pack: ${name}
version: ${version}
rules:
  - id: own-secret
    title: A word of ours
    class: OWN_RULE
    cwe: 200
    capec: 118
    attack: T1190
    score: 0.6
    fields: [param_value]
    regex: '${regex}'
    gate: [secret]
    examples: { positive: ['/?a=secret'], negative: ['/?a=b'] }
`;
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
const own = (rules: FolderRules) => rules.packs.filter((item) => !builtInPacks().includes(item));

test('packs of the folder stand beside the built-in ones', () => {
  put('own.yaml', pack('own'));
  const rules = new RulesFolder(folder).read();
  expect(rules.problems).toEqual([]);
  expect(rules.packs.length).toBe(builtInPacks().length + 1);
});

test('a pack with the id of a built-in one stands in for it', () => {
  put('sql.yaml', pack('sql'));
  expect(new RulesFolder(folder).read().packs.filter((item) => item.pack === 'sql')).toHaveLength(1);
});

test('a bad pack is refused with file, line and reason, and the old one stays', () => {
  put('own.yaml', pack('own'));
  const rules = new RulesFolder(folder);
  const before = own(rules.read());
  put('own.yaml', pack('own', '(a+)+$', '2.0.0'));
  const after = rules.read();
  expect(after.problems).toEqual([
    { file: 'own.yaml', line: 12, reason: expect.stringContaining('unbounded quantifier') },
  ]);
  expect(own(after)).toEqual(before);
  put('own.yaml', pack('own', 'secret', '2.0.0'));
  expect(own(rules.read())[0]?.version).toBe('2.0.0');
});

test('a file that is taken away takes its rules along', () => {
  put('own.yaml', pack('own'));
  const rules = new RulesFolder(folder);
  rules.read();
  rmSync(join(folder, 'own.yaml'));
  expect(own(rules.read())).toEqual([]);
});

test('shadow packs and suppressions have their places', () => {
  mkdirSync(join(folder, 'shadow'));
  put('shadow/own.yaml', pack('own'));
  put('suppressions.yaml', '- id: our-scanner\n  reason: weekly scan\n  cidrs: [192.0.2.0/24]\n');
  const rules = new RulesFolder(folder).read();
  expect(rules.shadowPacks.map((item) => item.pack)).toEqual(['own']);
  expect(rules.suppressions.map((item) => item.id)).toEqual(['our-scanner']);
  put('suppressions.yaml', '- id: our-scanner\n  reason: weekly scan\n');
  expect(new RulesFolder(folder).read().problems[0]).toMatchObject({ file: 'suppressions.yaml', line: 1 });
});

test('a change is seen while running', async () => {
  const rules = new RulesFolder(folder);
  const seen = Promise.withResolvers<FolderRules>();
  const stop = rules.watch(seen.resolve, seen.reject);
  put('own.yaml', pack('own'));
  expect(own(await seen.promise)).toHaveLength(1);
  stop();
});
