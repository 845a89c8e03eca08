import type { RuleMatch } from '@vigil/shared/contracts';
import { array, assert, constantFrom, double, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { combine, WEAK_SOURCE_MAX } from './score.ts';
import type { ScoreStep } from './types.ts';

const match = (rule: string, score: number, field: RuleMatch['field'] = 'param_value'): RuleMatch => ({
  rule,
  class: rule.toUpperCase(),
  score,
  field,
  decoded: [],
  excerpt: '',
  span: [0, 0],
});

test('strong evidence counts as the seed says: the highest, and 0.05 per further rule, at most 1', () => {
  expect(combine([match('a', 0.85), match('b', 0.6), match('c', 0.3)], []).score).toBe(0.95);
  const many = Array.from({ length: 30 }, (_, index) => match(`r${index}`, 0.8));
  expect(combine(many, []).score).toBe(1);
});

test('the same rule twice counts once', () => {
  expect(combine([match('a', 0.85), match('a', 0.85, 'referer')], []).score).toBe(0.85);
});

test('weak evidence from one place never alerts, however much of it there is', () => {
  const many = Array.from({ length: 20 }, (_, index) => match(`r${index}`, 0.45));
  expect(combine(many, []).score).toBeLessThanOrEqual(WEAK_SOURCE_MAX);
});

test('two weak witnesses that see different things alert together', () => {
  expect(combine([match('a', 0.4), match('b', 0.35, 'user_agent')], []).score).toBeGreaterThanOrEqual(0.5);
});

test('headers and the user name are one witness, apart from the target', () => {
  expect(combine([match('a', 0.4, 'header'), match('b', 0.35, 'remote_user')], []).score).toBe(0.45);
  expect(combine([match('a', 0.4, 'header'), match('b', 0.35, 'path')], []).score).toBe(0.61);
});

test('weak witnesses beside strong evidence count for what they do alone, where that is more', () => {
  const witnesses = [match('a', 0.5), match('b', 0.45, 'referer'), match('c', 0.45, 'user_agent')];
  const steps: ScoreStep[] = [];
  expect(combine(witnesses, [], steps).score).toBe(0.8336);
  expect(steps.map(({ total }) => total)).toEqual([0.5, 0.55, 0.6, 0.8336]);
  expect(combine([match('a', 0.8), match('b', 0.3, 'referer')], []).score).toBe(0.85);
});

test('a class has the score of the strongest that was found of it', () => {
  const found = [match('b', 0.3), match('a', 0.4)].map((one) => ({ ...one, class: 'XSS' }));
  expect(combine(found, []).componentScores).toEqual({ XSS: 0.4 });
});

test('behaviour marked weak supports but never tips weak evidence over', () => {
  const busy = {
    rule: 'RATE_ANOMALY',
    class: 'RATE_ANOMALY',
    score: 0.3,
    weak: true,
    excerpt: '142 requests in 1 minute',
  };
  expect(combine([match('a', 0.45)], [busy]).score).toBeLessThan(0.5);
  expect(combine([], [busy]).score).toBeLessThan(0.5);
  expect(combine([match('a', 0.6)], [busy]).score).toBe(0.65);
  const failing = { ...busy, rule: 'HIGH_ERROR_RATE' };
  expect(combine([match('a', 0.45)], [busy, failing]).score).toBe(0.49);
  expect(combine([match('a', 0.4), match('b', 0.35, 'user_agent')], [busy]).score).toBe(0.66);
});

test('an adjustment moves a score that the request itself earned, and no other', () => {
  const found = { rule: 'STATUS_200', class: 'STATUS', score: 0, adjust: 0.05, excerpt: 'answered 200' };
  expect(combine([match('a', 0.6)], [found])).toMatchObject({
    score: 0.65,
    componentScores: { A: 0.6, STATUS_200: 0.05 },
  });
  expect(combine([], [found]).score).toBe(0);
});

test('a score lies in 0..1, its steps add up to it, and more evidence never lowers it', () => {
  const evidence = array(
    record({
      rule: constantFrom('a', 'b', 'c', 'd', 'e'),
      score: double({ min: 0.05, max: 1, noNaN: true }),
      field: constantFrom<RuleMatch['field']>('path', 'param_value', 'referer', 'user_agent'),
    }),
    { maxLength: 8 },
  ).map((items) => items.map((item, index) => match(`${item.rule}${index}`, item.score, item.field)));
  assert(
    property(evidence, (matches) => {
      const steps: ScoreStep[] = [];
      const { score } = combine(matches, [], steps);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
      expect(steps.at(-1)?.total ?? 0).toBe(score);
      // Each step is rounded to four digits.
      expect(combine(matches.slice(1), []).score).toBeLessThanOrEqual(score + 1e-3);
    }),
  );
});
