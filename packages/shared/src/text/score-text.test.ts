import { expect, it } from 'vitest';
import { severityOf } from '../contracts/severity.ts';
import { scoreText } from './score-text.ts';

it('shows every hundredth as it is', () => {
  for (let hundredths = 0; hundredths <= 100; hundredths += 1)
    expect(scoreText(hundredths / 100)).toBe(
      `${hundredths === 100 ? 1 : 0}.${String(hundredths % 100).padStart(2, '0')}`,
    );
});

it('never shows a score as one of a higher severity', () => {
  for (const score of [0.4999, 0.6975, 0.69999]) expect(severityOf(Number(scoreText(score)))).toBe(severityOf(score));
});
