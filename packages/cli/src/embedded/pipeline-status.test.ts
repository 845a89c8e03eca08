import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { addLineTallies } from '@vigil/shared/storage/tallies';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { expect, it } from 'vitest';
import { embeddedPipeline } from './pipeline-status.ts';

it('tells the rate of a flood that has only begun', async () => {
  const database = await openTestDatabase();
  try {
    const rules = { version: '1', rulebook: { packs: [], suppressions: [] } };
    const { scorers } = embeddedPipeline({} as QueueBackend, async () => rules as never, database);
    expect(await scorers()).toMatchObject([{ lines_per_second: 0 }]);
    await database.transactional((em) => addLineTallies(database, em, 'log', { 'scored:HIGH': 120_000, empty: 5 }));
    const [scorer] = await scorers();
    // Of one minute to two.
    expect(scorer?.lines_per_second).toBeGreaterThanOrEqual(1_000);
    expect(scorer?.lines_per_second).toBeLessThanOrEqual(2_000);
  } finally {
    await database.close();
  }
});
