import { describe, expect, test } from 'vitest';
import { builtInPacks, createEngine, SIGNALS } from '../index.ts';
import { DETECTORS } from '../detectors/registry.ts';
import { exampleRequest } from './example-request.ts';
import { PAIRS_MAX } from '../gates/literal-gate.ts';

const engine = createEngine();
const matched = (example: Parameters<typeof exampleRequest>[0]) =>
  engine.inspect(exampleRequest(example)).matches.map((match) => match.rule);

describe.each(builtInPacks().flatMap((pack) => pack.rules))('rule $id', (rule) => {
  test.each(rule.examples.positive)('matches its example %j', (example) => {
    expect(matched(example)).toContain(rule.id);
  });

  test.each(rule.examples.negative)('leaves alone %j', (example) => {
    expect(matched(example)).not.toContain(rule.id);
  });
});

test('rule ids are unique over all packs', () => {
  const ids = builtInPacks().flatMap((pack) => pack.rules.map((rule) => rule.id));
  expect(new Set(ids).size).toBe(ids.length);
});

test('a rule that comes, goes or is renamed shows in the list of all rules', async () => {
  const ids = builtInPacks().flatMap((pack) => pack.rules.map((rule) => rule.id));
  await expect(`${ids.toSorted().join('\n')}\n`).toMatchFileSnapshot('../../fixtures/rule-ids.txt');
});

test('each rule says what it stands for and comes with two examples of either kind', () => {
  const bare = builtInPacks()
    .flatMap((pack) => pack.rules)
    .filter(
      ({ references, examples: { positive, negative } }) =>
        references.length === 0 || positive.length < 2 || negative.length < 2,
    );
  expect(bare.map((rule) => rule.id)).toEqual([]);
});

test('every signal of every detector feeds a rule', () => {
  const used = builtInPacks().flatMap((pack) => pack.rules.flatMap((rule) => ('detect' in rule ? [rule.detect] : [])));
  expect([...SIGNALS].filter((signal) => !used.includes(signal))).toEqual([]);
});

test('what needs two clauses to open leaves room for packs of an operator: beyond it the first clause alone would open', () => {
  const rules = builtInPacks().flatMap((pack) => pack.rules.filter((rule) => 'regex' in rule && rule.gate_with));
  const detectors = [...DETECTORS.values()].filter((detector) => detector.gateWith);
  expect(rules.length + detectors.length).toBeLessThanOrEqual(PAIRS_MAX - 8);
});

test('the base classes of the seed are all there', () => {
  const classes = new Set(builtInPacks().flatMap((pack) => pack.rules.map((rule) => rule.class)));
  const seed =
    'LOG4SHELL COMMAND_INJECTION SQL_INJECTION XXE_INJECTION XSS FILE_INCLUSION SSRF CRLF_INJECTION PATH_TRAVERSAL';
  for (const name of `${seed} OPEN_REDIRECT DOUBLE_ENCODING SCANNER_UA`.split(' ')) expect(classes).toContain(name);
});
