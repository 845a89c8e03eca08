import { lineId } from '@vigil/shared/lines/ids';
import { expect, it } from 'vitest';
import { readScoredBatch } from './batch-intake.ts';
import { batch, detection } from '../testing/scored-batch.ts';

it('says why a job cannot be stored in few words, whatever the job holds', () => {
  const huge = { ['x'.repeat(100_000)]: -1 };
  const invalid = { ...batch('s', []), suppressed: huge };
  for (const job of [null, 'x', { v: 'x'.repeat(100_000) }, { v: huge }, invalid]) {
    const intake = readScoredBatch(job);
    expect(intake.ok).toBe(false);
    expect(intake.ok ? '' : intake.reason).toMatch(/^.{1,600}$/s);
  }
});

it('takes a batch of which every line is accounted for, whatever became of it, and no other', () => {
  const dead = { reason: 'it threw', stack: '' };
  const whole = {
    ...batch('s', [detection('s', 0)], 4),
    rejected: { unparsable: 2, too_long: 1 },
    deadLines: [{ ...dead, id: lineId('s', 'f', 9), position: 9, line: 'x' }],
    deadJobs: [{ ...dead, id: 'lines/job', lines: 5, payload: '{}' }],
  };
  const lines = 1 + 4 + 2 + 1 + 1 + 5;
  expect(readScoredBatch({ ...whole, linesRead: lines })).toMatchObject({ ok: true, batch: { id: whole.id } });
  for (const linesRead of [lines - 1, lines + 1])
    expect(readScoredBatch({ ...whole, linesRead })).toEqual({
      ok: false,
      reason: `read ${linesRead} lines but accounts for ${lines}`,
    });
});
