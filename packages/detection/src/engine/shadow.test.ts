import { expect, test } from 'vitest';
import { builtInPacks, createEngine, parseRulePack, SIGNALS, type RulePack } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';

function pack(name: string, score: number): RulePack {
  const parsed = parseRulePack(
    `pack: ${name}
version: 2.0.0
rules:
  - { id: own-tea, title: Tea, class: OWN_CLASS, cwe: 200, capec: 118, attack: T1190, score: ${score}, fields: [param_value], regex: 'teapot', gate: [teapot],
      examples: { positive: ['/?a=teapot'], negative: ['/?a=b'] } }
`,
    'own.yaml',
    SIGNALS,
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.pack;
}
const judge = (engine: ReturnType<typeof createEngine>, target: string) => {
  const request = requestOf({ target });
  return engine.conclude(request, engine.inspect(request));
};

test('a shadow pack never alerts, but says what it would have done', () => {
  const engine = createEngine({ shadowPacks: [pack('tea', 0.6)] });
  const assessment = judge(engine, '/?a=teapot');
  expect(assessment).toMatchObject({
    severity: 'LOW',
    matches: [],
    shadow: { tea: { severity: 'MEDIUM', onlyShadow: true } },
  });
  expect(judge(engine, '/?a=milk').shadow).toBeUndefined();
});

test('a shadow pack with the id of an active one stands in for it', () => {
  const engine = createEngine({ shadowPacks: [pack('sql', 0.6)] });
  const assessment = judge(engine, "/?a=1'+union+select+null--");
  expect(assessment.severity).toBe('HIGH');
  expect(assessment.shadow?.['sql']).toMatchObject({ severity: 'LOW', onlyActive: true, onlyShadow: false });
});

test('the version names the active packs and changes with what they say', () => {
  const version = createEngine().version;
  expect(version).toContain('sql@');
  expect(createEngine({ shadowPacks: [pack('tea', 0.6)] }).version).toBe(version);
  expect(createEngine({ packs: [...builtInPacks(), pack('tea', 0.6)] }).version).not.toBe(version);
  expect(createEngine({ packs: [pack('tea', 0.6)] }).version).not.toBe(
    createEngine({ packs: [pack('tea', 0.7)] }).version,
  );
});

test('an explanation shows the views, the spans and how the score came about', () => {
  const explained = createEngine().explain(requestOf({ target: '/item?id=%2527%2520or%25201=1--' }));
  expect(explained.views).toContainEqual(
    expect.objectContaining({
      field: 'param_value',
      parameter: 'id',
      decoded: ['percent', 'percent'],
      text: "' or 1=1--",
    }),
  );
  expect(explained.steps[0]).toMatchObject({ what: expect.stringContaining('(highest)'), amount: 0.85 });
  expect(explained.steps.at(-1)?.total).toBe(explained.assessment.score);
});

test('packs and suppressions may have the names of what every object has', () => {
  const engine = createEngine({
    shadowPacks: [pack('constructor', 0.6)],
    suppressions: [{ id: 'constructor', reason: 'a name as any', classes: ['SQL_INJECTION'] }],
  });
  expect(judge(engine, '/?a=teapot').shadow).toMatchObject({ constructor: { severity: 'MEDIUM', onlyShadow: true } });
  expect(judge(engine, "/?a=1'+union+select+null--").shadow).toMatchObject({ constructor: { onlyShadow: false } });
});
