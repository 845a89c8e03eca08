import { expect, test } from 'vitest';
import { SIGNALS } from '../detectors/registry.ts';
import { checkRegex } from './check-regex.ts';
import { parseRulePack } from './parse-rule-pack.ts';

const rule = (over: string) => `pack: own
version: 1.0.0
rules:
  - id: own-rule
    title: A rule of ours
    class: OWN_CLASS
    cwe: 200
    capec: 118
    attack: T1190
    score: 0.6
    fields: [param_value]
${over}
    examples: { positive: ['/?a=secret'], negative: ['/?a=b'] }
`;
const problems = (text: string) => {
  const parsed = parseRulePack(text, 'own.yaml', SIGNALS);
  return parsed.ok ? [] : parsed.problems;
};

test('a valid pack is read, with the defaults filled in and a hash of its text', () => {
  const parsed = parseRulePack(rule("    regex: 'secret'\n    gate: [secret]"), 'own.yaml', SIGNALS);
  expect(parsed).toMatchObject({ ok: true, pack: { pack: 'own', hash: /^[0-9a-f]{16}$/, rules: [{ prose: true }] } });
});

test.each([
  ['broken YAML', 'pack: [own', 1, /./],
  ['a detector that does not exist', rule('    detect: sql.nothing'), 12, /no detector gives sql.nothing/],
  ['an expression that can blow up', rule("    regex: '(a+)+$'\n    gate: [a]"), 12, /unbounded/],
  ['an expression that is none', rule("    regex: '('\n    gate: [a]"), 12, /regular expression|group/i],
  ['a gate with white space', rule("    regex: 'or 1'\n    gate: ['or 1']"), 13, /rules.0.gate.0/],
  ['an unknown field', rule("    regex: 'a'\n    gate: [a]").replace('param_value', 'cookie'), 11, /rules.0.fields.0/],
  ['a key that is no text', rule("    regex: 'a'\n    gate: [a]\n    {a: b}: c"), 14, /strings/],
  ['an unknown key', rule("    regex: 'a'\n    gate: [a]\n    colour: red"), 4, /colour/],
  [
    'two rules of one id',
    `${rule("    regex: 'a'\n    gate: [a]")}${rule("    regex: 'a'\n    gate: [a]").split('rules:\n')[1] ?? ''}`,
    15,
    /twice/,
  ],
])('%s is refused with its line and reason', (_, text, line, reason) => {
  const [first] = problems(text);
  expect(first).toMatchObject({ file: 'own.yaml', line, reason: expect.stringMatching(reason) });
});

test.each([
  ['a{1,20}(b|c){2}', true],
  ['[^x]{0,400}', true],
  ['a*', false],
  ['.+', false],
  ['(a{1,100}){100}', false],
  ['a{1,9999}', false],
  ['(a)\\1', false],
  ['[*+]', true],
  ['\\*\\+', true],
])('the check of expressions says of %s: safe %s', (source, safe) => {
  expect(checkRegex(source) === undefined).toBe(safe);
});

test.each([
  ['leads nowhere', 'pack: *nowhere'],
  ['multiplies', `a: &a [x]\nb: &b [${'*a,'.repeat(30)}]\nc: [${'*b,'.repeat(30)}]`],
])('refuses an alias that %s, with a reason', (_what, text) => {
  const parsed = parseRulePack(text, 'x.yaml');
  expect(parsed.ok ? '' : parsed.problems[0]?.reason).toMatch(/alias/i);
});
