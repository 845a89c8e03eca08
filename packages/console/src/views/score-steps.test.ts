import { describe, expect, it } from 'vitest';
import { scoreSteps } from './score-steps.ts';

const match = (rule: string, score: number, field: 'query' | 'window' | 'status' = 'query') => ({
  rule,
  class: rule.toUpperCase(),
  score,
  field,
});

describe('how a score came about', () => {
  it('is the strongest rule and 0.05 for each further one', () => {
    const matches = [match('sqli', 0.85), match('comment', 0.6), match('sqli', 0.85)];
    const steps = scoreSteps({ threat_score: 0.9, component_scores: {}, matches });
    expect(steps.map((step) => [step.label, Number(step.total.toFixed(2))])).toEqual([
      ['sqli', 0.85],
      ['comment', 0.9],
    ]);
  });

  it('shows adjustments as they were, downwards too', () => {
    const matches = [match('xss', 0.8), { ...match('STATUS_404', 0, 'status'), class: 'RESPONSE' }];
    const steps = scoreSteps({ threat_score: 0.7, component_scores: { XSS: 0.8, STATUS_404: -0.1 }, matches });
    expect(steps.at(-1)).toMatchObject({ label: 'STATUS_404', kind: 'adjustment' });
    expect(steps.at(-1)?.total).toBeCloseTo(0.7);
  });

  it('never exceeds 1 and ends at the stored score even where the evidence does not explain it', () => {
    const many = Array.from({ length: 9 }, (_, i) => match(`r${i}`, 0.95));
    const capped = scoreSteps({ threat_score: 1, component_scores: {}, matches: many });
    expect(capped.map((step) => step.label)).toEqual(['r0', 'r1', '7 more']);
    expect(capped.at(-1)?.total).toBe(1);
    const weak = [match('ua', 0.35), match('enc', 0.4)];
    const steps = scoreSteps({ threat_score: 0.61, component_scores: {}, matches: weak });
    expect(steps.at(-1)).toMatchObject({ kind: 'combined', total: 0.61 });
  });
});
