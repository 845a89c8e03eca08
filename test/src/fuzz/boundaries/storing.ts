import { readScoredBatch } from '@vigil/dispatcher/storing/batch-intake';
import { EventStore } from '@vigil/dispatcher/storing/event-store';
import { Partitions } from '@vigil/dispatcher/storing/partitions';
import { storeIsolatingPoison } from '@vigil/dispatcher/storing/poison';
import type { ScoredBatch } from '@vigil/shared/contracts';
import { openDatabase } from '@vigil/shared/storage/database';
import { must, type Boundary } from '../boundary.ts';
import { scoredJob } from './jobs.ts';
import { lineScorer } from './log-lines.ts';

/** Batches in one transaction, as group commits have them. */
const GROUP_BATCHES = 40;

/**
 * What was scored, into PostgreSQL, many batches at once. What the scorer makes of any line must be storable as it is; of what
 * somebody else put into the queue it is enough that it ends, in the events or in the dead letters, and holds nobody up.
 */
export async function storing(postgresUrl: string): Promise<Boundary[]> {
  const database = await openDatabase(postgresUrl);
  const store = new EventStore(database, new Partitions(database));
  const scoreLine = lineScorer();
  let lines: ScoredBatch[] = [];
  let jobs: ScoredBatch[] = [];
  return [
    {
      name: 'storing of scored lines',
      share: 0.03,
      tryOne: async (random) => {
        lines.push(scoreLine(random));
        if (lines.length < GROUP_BATCHES) return 'gathered';
        const group = lines;
        lines = [];
        const { dead } = await storeIsolatingPoison(store, group);
        must(dead.line + dead.job === 0, `dead letters from lines: ${JSON.stringify(group)}`);
        return 'stored';
      },
    },
    {
      name: 'storing of whatever jobs hold',
      share: 0.02,
      tryOne: async (random) => {
        const intake = readScoredBatch(scoredJob(random));
        if (!intake.ok) return 'refused';
        jobs.push({ ...intake.batch, id: `${intake.batch.id}${random.int(0, 1_000_000)}` });
        if (jobs.length < GROUP_BATCHES) return 'gathered';
        const group = jobs;
        jobs = [];
        const { dead } = await storeIsolatingPoison(store, group);
        return dead.line + dead.job > 0 ? 'some dead' : 'stored';
      },
      close: () => database.close(),
    },
  ];
}
