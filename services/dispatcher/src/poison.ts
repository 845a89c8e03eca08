import type { DeadLine, ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import type { Database } from '@vigil/shared/storage/database';
import { isDataError } from '@vigil/shared/storage/database-errors';
import { storableText } from '@vigil/shared/text/storable-text';
import type { EventStore, StoreResult } from './event-store.ts';

/**
 * Stores batches of which one may hold something that PostgreSQL refuses for good. The group is halved until the culprit stands
 * alone; it becomes a dead line with PostgreSQL's reason, and everything else is stored.
 *
 * @throws errors that time may mend (connection, disk, locks); then the caller tries all of it again
 */
export async function storeIsolatingPoison(store: EventStore, batches: readonly ScoredBatch[]): Promise<StoreResult> {
  try {
    return await store.store(batches);
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (batches.length === 1) return store.store([await withoutCulprits(store, batches[0]!, error)]);
    const middle = batches.length >> 1;
    const first = await storeIsolatingPoison(store, batches.slice(0, middle));
    const second = await storeIsolatingPoison(store, batches.slice(middle));
    return {
      stored: [...first.stored, ...second.stored],
      repeatedBatches: first.repeatedBatches + second.repeatedBatches,
    };
  }
}

async function withoutCulprits(store: EventStore, batch: ScoredBatch, cause: unknown): Promise<ScoredBatch> {
  const culprits = await findCulprits(store, batch.detections);
  // Nothing to take out and still refused: it is the batch, not a line of it, and the caller must see that.
  if (culprits.size === 0) throw cause;
  const scored = { ...batch.scored };
  const deadLines = [...batch.deadLines];
  for (const [event, reason] of culprits) {
    scored[event.severity] -= 1;
    deadLines.push(deadLine(event, reason));
  }
  return { ...batch, scored, deadLines, detections: batch.detections.filter((event) => !culprits.has(event)) };
}

async function findCulprits(store: EventStore, events: readonly ScoredRequest[]): Promise<Map<ScoredRequest, unknown>> {
  try {
    await store.probe(events);
    return new Map();
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (events.length === 1) return new Map([[events[0]!, error]]);
    const middle = events.length >> 1;
    const first = await findCulprits(store, events.slice(0, middle));
    const second = await findCulprits(store, events.slice(middle));
    return new Map([...first, ...second]);
  }
}

function deadLine(event: ScoredRequest, reason: unknown): DeadLine {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  return {
    id: event.id,
    position: event.position,
    line: storableText(event.line),
    reason: storableText(`PostgreSQL refuses the event: ${error.message}`),
    stack: storableText(error.stack ?? ''),
  };
}

/** Writes a job that this release cannot read to the dead letters, whole, so that a later one can be given it. */
export async function deadLetterJob(database: Database, id: string, data: unknown, reason: string): Promise<void> {
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack) values ($1, 'job', $2, $3, $4, '')
     on conflict do nothing`,
    [storableText(`scored/${id}`), 'scored', storableText(JSON.stringify(data) ?? ''), storableText(reason)],
  );
}
