import { EventStore } from '@vigil/dispatcher/storing/event-store';
import { Partitions } from '@vigil/dispatcher/storing/partitions';
import type { ScoredBatch } from '@vigil/shared/contracts';
import type { Database } from '@vigil/shared/storage/database';
import { GROWING_TABLES } from '@vigil/shared/storage/table-sizes';
import { secondsOf, type Stage } from './stage.ts';

/** Batches that share a transaction in a dispatcher under load. */
const GROUP_BATCHES = 32;

/** Takes everything out of the database that storing puts into it. */
export async function emptyTables(database: Database): Promise<void> {
  await database.query(`truncate ${GROWING_TABLES.join(', ')}`);
  await database.query('update relay_state set last_seq = 0');
}

/** Stores the batches as a dispatcher that is behind does, a group in a transaction. */
export async function storeBatches(database: Database, batches: readonly ScoredBatch[]): Promise<void> {
  const store = new EventStore(database, new Partitions(database));
  for (let from = 0; from < batches.length; from += GROUP_BATCHES)
    await store.store(batches.slice(from, from + GROUP_BATCHES));
}

/**
 * The event store: batches claimed, events, outbox and tallies, in transactions; beside PostgreSQL's COPY of the very same rows from a
 * file of its own into the same table with the same indexes.
 */
export async function storingStage(database: Database, batches: readonly ScoredBatch[]): Promise<Stage> {
  await storeBatches(database, batches);
  const [place] = await database.query<{ data_directory: string }>('show data_directory');
  const file = `${place!.data_directory}/bench-events.copy`;
  await database.query(`copy (select * from events) to '${file}' (format binary)`);
  return {
    name: 'storing: events, outbox, tallies',
    limitName: 'COPY of the same rows',
    unit: 'events',
    count: batches.reduce((sum, { detections }) => sum + detections.length, 0),
    ours: async () => {
      await emptyTables(database);
      return secondsOf(() => storeBatches(database, batches));
    },
    limit: async () => {
      await emptyTables(database);
      return secondsOf(() => database.query(`copy events from '${file}' (format binary)`));
    },
  };
}
