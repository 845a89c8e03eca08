import { createHash } from 'node:crypto';
import type { ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import type { Database, EntityManager } from '@vigil/shared/storage/database';
import { prepared } from '@vigil/shared/storage/prepared-statements';
import { addLineTallies, addTallies } from '@vigil/shared/storage/tallies';
import { claimsOfJob } from '@vigil/shared/queue/job-claims';
import { storableText } from '@vigil/shared/text/storable-text';
import { deadJobs, deadLetterColumns, deadLines, INSERT_DEAD_LETTERS } from './insert-dead-letters.ts';
import { eventColumns, INSERT_EVENTS, type TracedEvent } from './insert-events.ts';
import type { Partitions } from './partitions.ts';
import { byTheHour, lineTallies, threatTallies } from './tallies.ts';

/** Longest path that is counted by itself; longer ones share a row with what begins alike. */
const TALLY_PATH_LENGTH_MAX = 512;

/** Ids of jobs are ours and short; whoever reaches Redis can make others. */
const ID_LENGTH_MAX = 200;

const CLAIM_IDS = prepared(`
  insert into batches (id) select id from unnest($1::text[]) as t (id) order by id
  on conflict do nothing returning id`);

export interface StoreResult {
  /** Events that were new. */
  stored: ScoredRequest[];
  /** Batches that had been stored before and changed nothing. */
  repeatedBatches: number;
  /** Dead letters that were written: lines, and whole jobs. */
  dead: { line: number; job: number };
}

/**
 * Stores scored batches: events, outbox, dead lines and tallies in one transaction, each batch once, each event once.
 * Promises 1, 2 and 4 rest on this transaction.
 */
export class EventStore {
  readonly #database: Database;
  readonly #partitions: Partitions;

  constructor(database: Database, partitions: Partitions) {
    this.#database = database;
    this.#partitions = partitions;
  }

  /** @throws whatever PostgreSQL says; then nothing of these batches is stored */
  async store(batches: readonly ScoredBatch[]): Promise<StoreResult> {
    await this.#partitionsFor(batches.flatMap((batch) => batch.detections));
    return this.#database.transactional(async (em) => {
      const fresh = await this.#claim(em, batches);
      const stored = await this.#insertEvents(em, fresh.flatMap(tracedEvents));
      const dead = await this.#insertDead(em, fresh);
      await this.#addTallies(em, fresh, stored);
      return { stored, repeatedBatches: batches.length - fresh.length, dead };
    });
  }

  /** Stores the events of a batch, which is to be stored itself later. Returns those that were new. */
  async storeEvents(batch: ScoredBatch): Promise<ScoredRequest[]> {
    await this.#partitionsFor(batch.detections);
    return this.#database.transactional(async (em) => {
      const stored = await this.#insertEvents(em, tracedEvents(batch));
      await this.#addTallies(em, [], stored);
      return stored;
    });
  }

  /**
   * Writes a job of the queue `scored` that nobody can store to the dead letters, whole, so that a later release can be given it, and
   * counts its lines as dead. Changes nothing where the letter is there already.
   * @param batchId where the job can be read: a batch that was stored after all is no dead letter
   */
  async deadLetterJob(id: string, data: unknown, reason: string, batchId?: string): Promise<void> {
    const { source, lines } = claimsOfJob('scored', data);
    await this.#database.transactional(async (em) => {
      if (batchId !== undefined) {
        const claimed = await this.#claimIds(em, [storableText(indexable(batchId))]);
        if (claimed.size === 0) return;
      }
      const written = await this.#database.query(
        `insert into dead_letters (id, kind, source, payload, reason, stack) values ($1, 'job', 'scored', $2, $3, '')
         on conflict do nothing returning id`,
        // JSON is storable as it is: it escapes what is not.
        [storableText(`scored/${indexable(id)}`), JSON.stringify(data) ?? '', storableText(reason)],
        em,
      );
      if (written.length > 0) await addLineTallies(this.#database, em, source, { dead_lettered: lines });
    });
  }

  /** Inserts the events and takes them back: throws where PostgreSQL refuses one of them. */
  async probe(events: readonly ScoredRequest[]): Promise<void> {
    await this.#partitionsFor(events);
    const taken = new Error('taken');
    const probing = this.#database.transactional(async (em) => {
      await this.#insertEvents(em, events);
      throw taken;
    });
    await probing.catch((error: unknown) => {
      if (error !== taken) throw error;
    });
  }

  #partitionsFor(events: readonly ScoredRequest[]): Promise<void> {
    return this.#partitions.ensure(events.map((event) => event.timestampMs));
  }

  /** Writes the batches' ids; those that were there already are left out of the result. */
  async #claim(em: EntityManager, batches: readonly ScoredBatch[]): Promise<ScoredBatch[]> {
    const claimed = await this.#claimIds(
      em,
      batches.map((batch) => batch.id),
    );
    // The same batch twice in one group counts once.
    return batches.filter((batch) => claimed.delete(batch.id));
  }

  async #claimIds(em: EntityManager, ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.#database.query<{ id: string }>(CLAIM_IDS, [ids], em);
    return new Set(rows.map((row) => row.id));
  }

  async #insertEvents(em: EntityManager, events: readonly TracedEvent[]): Promise<ScoredRequest[]> {
    if (events.length === 0) return [];
    // Batches of one group may overlap, where lines were read again in other portions. The first counts, as it does across groups.
    const once = new Map<string, TracedEvent>();
    for (const event of events) if (!once.has(event.id)) once.set(event.id, event);
    const given = [...once.values()];
    const rows = await this.#database.query<{ new_ids: string[] | null }>(INSERT_EVENTS, eventColumns(given), em);
    const newIds = rows[0]!.new_ids;
    if (newIds === null) return given;
    const inserted = new Set(newIds);
    return given.filter((event) => inserted.has(event.id));
  }

  async #insertDead(em: EntityManager, batches: readonly ScoredBatch[]): Promise<StoreResult['dead']> {
    const [lines, jobs] = [batches.flatMap(deadLines), batches.flatMap(deadJobs)];
    const letters = [...lines, ...jobs];
    if (letters.length > 0) await this.#database.query(INSERT_DEAD_LETTERS, deadLetterColumns(letters), em);
    return { line: lines.length, job: jobs.length };
  }

  async #addTallies(
    em: EntityManager,
    batches: readonly ScoredBatch[],
    stored: readonly ScoredRequest[],
  ): Promise<void> {
    const severityAndClass = (event: ScoredRequest): string[] => [event.severity, event.classes[0] ?? 'UNCLASSIFIED'];
    const lines = lineTallies(batches);
    const threats = threatTallies(stored, 'minute', severityAndClass);
    await addTallies(this.#database, em, {
      line_tallies: lines,
      line_hour_tallies: byTheHour(lines),
      threat_tallies: threats,
      threat_hour_tallies: byTheHour(threats),
      source_tallies: threatTallies(stored, 'hour', (event) => [event.sourceIp]),
      path_tallies: threatTallies(stored, 'hour', (event) => [event.path.slice(0, TALLY_PATH_LENGTH_MAX)]),
    });
  }
}

function tracedEvents({ detections, traceparent }: ScoredBatch): readonly TracedEvent[] {
  return traceparent === undefined ? detections : detections.map((event) => ({ ...event, traceparent }));
}

/** An id that fits into an index whatever its length; different ones stay different. */
function indexable(id: string): string {
  if (id.length <= ID_LENGTH_MAX) return id;
  return `${id.slice(0, ID_LENGTH_MAX)}~${createHash('sha256').update(id).digest('hex')}`;
}
