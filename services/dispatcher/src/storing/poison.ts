import type { DeadLine, ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import { isDataError, isTooSlow } from '@vigil/shared/storage/database-errors';
import { messageOf } from '@vigil/shared/text/message-of';
import { storableText } from '@vigil/shared/text/storable-text';
import type { EventStore, StoreResult } from './event-store.ts';

export type BatchStore = Pick<EventStore, 'store' | 'storeEvents' | 'probe' | 'deadLetterJob'>;

/**
 * The same store, which reports the end of each attempt and its error, if any: halving a group that PostgreSQL does not store in time
 * takes minutes, during which nothing else would be heard of it.
 */
export function watched(store: BatchStore, onEnd: (error?: unknown) => void): BatchStore {
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      onEnd();
      return result;
    } catch (error) {
      onEnd(error);
      throw error;
    }
  };
  return {
    store: (batches) => told(store.store(batches)),
    storeEvents: (batch) => told(store.storeEvents(batch)),
    probe: (events) => told(store.probe(events)),
    deadLetterJob: (...letter) => told(store.deadLetterJob(...letter)),
  };
}

/**
 * Stores batches of which one may hold something that PostgreSQL refuses for good. The group is halved until the culprit stands
 * alone; an event becomes a dead line with PostgreSQL's reason, a batch that is refused for something else a dead job, and everything
 * else is stored. A group that is too much for a slow PostgreSQL to store in time is halved, too: tried as it is, it would keep
 * everything else waiting for ever.
 *
 * @throws errors that time may mend (connection, disk, locks); then the caller tries all of it again
 */
export async function storeIsolatingPoison(store: BatchStore, batches: readonly ScoredBatch[]): Promise<StoreResult> {
  try {
    return await store.store(batches);
  } catch (error) {
    if (!isDataError(error) && !isTooSlow(error)) throw error;
    if (batches.length === 1) return storeAlone(store, batches[0]!, error);
    const middle = batches.length >> 1;
    const first = await storeIsolatingPoison(store, batches.slice(0, middle));
    const second = await storeIsolatingPoison(store, batches.slice(middle));
    return {
      stored: [...first.stored, ...second.stored],
      repeatedBatches: first.repeatedBatches + second.repeatedBatches,
      dead: { line: first.dead.line + second.dead.line, job: first.dead.job + second.dead.job },
    };
  }
}

async function storeAlone(store: BatchStore, batch: ScoredBatch, cause: unknown): Promise<StoreResult> {
  if (isTooSlow(cause)) return storeInPortions(store, batch);
  return storeWithoutCulprits(store, batch, cause).catch((error: unknown) => {
    if (!isTooSlow(error)) throw error;
    return storeInPortions(store, batch);
  });
}

/** Stores the batch's events first, as many at once as PostgreSQL stores in time, so that the batch itself finds them there. */
async function storeInPortions(store: BatchStore, batch: ScoredBatch): Promise<StoreResult> {
  const stored = await storeHalves(store, batch);
  const rest = await store.store([batch]).catch((error: unknown) => {
    if (!isDataError(error)) throw error;
    return storeWithoutCulprits(store, batch, error);
  });
  return { ...rest, stored: [...stored, ...rest.stored] };
}

/** Leaves out what PostgreSQL refuses for good. */
async function storeHalves(store: BatchStore, batch: ScoredBatch): Promise<ScoredRequest[]> {
  const { detections } = batch;
  if (detections.length < 2) return [];
  const stored: ScoredRequest[] = [];
  const middle = detections.length >> 1;
  for (const half of [detections.slice(0, middle), detections.slice(middle)]) {
    const portion = { ...batch, detections: half };
    try {
      stored.push(...(await store.storeEvents(portion)));
    } catch (error) {
      if (!isDataError(error) && !isTooSlow(error)) throw error;
      stored.push(...(await storeHalves(store, portion)));
    }
  }
  return stored;
}

async function storeWithoutCulprits(store: BatchStore, batch: ScoredBatch, cause: unknown): Promise<StoreResult> {
  const culprits = await findCulprits(store, batch.detections);
  try {
    return await store.store([culprits.size === 0 ? batch : without(batch, culprits)]);
  } catch (error) {
    if (!isDataError(error)) throw error;
    // The batch itself is at fault, not a line of it. If it were retried for ever, no other batch would be stored.
    await store.deadLetterJob(batch.id, batch, `The batch cannot be stored: ${messageOf(cause)}`, batch.id);
    return { stored: [], repeatedBatches: 0, dead: { line: 0, job: 1 } };
  }
}

function without(batch: ScoredBatch, culprits: ReadonlyMap<ScoredRequest, unknown>): ScoredBatch {
  const scored = { ...batch.scored };
  const deadLines = [...batch.deadLines];
  for (const [event, reason] of culprits) {
    scored[event.severity] -= 1;
    deadLines.push(deadLine(event, reason));
  }
  return { ...batch, scored, deadLines, detections: batch.detections.filter((event) => !culprits.has(event)) };
}

async function findCulprits(store: BatchStore, events: readonly ScoredRequest[]): Promise<Map<ScoredRequest, unknown>> {
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
  return {
    id: event.id,
    position: event.position,
    line: storableText(event.line),
    reason: storableText(`The event cannot be stored: ${messageOf(reason)}`),
    stack: storableText(reason instanceof Error ? (reason.stack ?? '') : ''),
  };
}
