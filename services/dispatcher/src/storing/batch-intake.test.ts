import { expect, it } from 'vitest';
import { readScoredBatch } from './batch-intake.ts';

it('says why a job cannot be stored in few words, whatever the job holds', () => {
  const huge = { ['x'.repeat(100_000)]: -1 };
  for (const job of [null, 'x', { v: 'x'.repeat(100_000) }, { v: huge }, { v: 1, scored: huge, rejected: huge }]) {
    const intake = readScoredBatch(job);
    expect(intake.ok).toBe(false);
    expect(intake.ok ? '' : intake.reason).toMatch(/^.{1,600}$/s);
  }
});
