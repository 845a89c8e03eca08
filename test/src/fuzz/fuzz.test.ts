import { testServices } from '@vigil/dev-services/test-services';
import { expect, it } from 'vitest';
import { boundaryText, runFuzz, summaryText } from './run.ts';
import { randomSeed } from '../random.ts';

/** No input is known to take more; an unbounded cache or a leak does within these inputs. */
const RSS_BYTES_MAX = 1024 * 1024 * 1024;

it('crashes, hangs and swells on nothing, and refuses with a reason', { timeout: 180_000 }, async () => {
  const seed = Number(process.env['VIGIL_FUZZ_SEED'] ?? randomSeed());
  const { postgresUrl } = await testServices(['postgres']);
  const report = await runFuzz({ seed, inputs: 6_000, postgresUrl });
  console.log([`seed ${seed}`, ...report.boundaries.map(boundaryText), summaryText(report)].join('\n'));
  expect(report.boundaries.flatMap((boundary) => boundary.faults)).toEqual([]);
  expect(report.rssMax).toBeLessThan(RSS_BYTES_MAX);
});
