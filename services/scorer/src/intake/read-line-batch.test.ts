import * as fc from 'fast-check';
import { scoredBatchSchema } from '@vigil/shared/contracts';
import { expect, it } from 'vitest';
import { lineBatchOf } from '../testing/line-batch.ts';
import { deadJobBatch } from './dead-job.ts';
import { readLineBatch } from './read-line-batch.ts';
import { countLines, lineBounds } from './split-lines.ts';

const NUM_RUNS = Number(process.env['VIGIL_FUZZ_RUNS'] ?? 1000);
const line = fc.string({ unit: fc.integer({ min: 11, max: 255 }).map((code) => String.fromCharCode(code)) });

it('reads back the lines of any batch at their offsets', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
      const intake = readLineBatch(lineBatchOf(lines));
      if (!intake.ok) throw new Error(intake.detail);
      const bounds = lineBounds(intake.bytes, lines.length);
      const read = lines.map((_line, i) => intake.bytes.toString('latin1', bounds[i * 2], bounds[i * 2 + 1]));
      expect(read).toEqual(lines);
    }),
  );
});

it('tells one empty line from none', () => {
  expect(readLineBatch(lineBatchOf([]))).toMatchObject({ ok: true });
  expect(readLineBatch(lineBatchOf(['']))).toMatchObject({ ok: true });
  expect([countLines(Buffer.of(), 0), countLines(Buffer.of(), 1), countLines(Buffer.of(), 9)]).toEqual([0, 1, 1]);
});

const valid = lineBatchOf(['a', 'b']);
const mutated = fc
  .record({ key: fc.constantFrom(...Object.keys(valid), 'extra'), value: fc.anything() })
  .map(({ key, value }) => ({ ...valid, [key]: value }) as unknown);

it('neither throws on any job nor lets one through that it cannot account for', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), mutated), (generated) => {
      const text = JSON.stringify(generated, (_key, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      );
      const data: unknown = text === undefined ? undefined : JSON.parse(text);
      const intake = readLineBatch(data);
      if (intake.ok) return;
      const batch = scoredBatchSchema.parse(deadJobBatch({ id: 'j', data }, intake, 0, 'test'));
      const rejected = Object.values(batch.rejected).reduce((total, count) => total + count, 0);
      expect(batch.linesRead).toBe(rejected + batch.deadJobs![0]!.lines);
    }),
    { numRuns: NUM_RUNS },
  );
});
