import { z } from 'zod';
import { CONTRACT_VERSION, type LineBatch } from '../contracts/line-batch.ts';
import { lineBatchId } from '../lines/ids.ts';
import { packLines } from '../lines/payload.ts';
import { claimsOfJob } from '../queue/job-claims.ts';
import { QUEUE_NAMES, type QueueName } from '../queue/job-queue.ts';
import type { Database, EntityManager } from './database.ts';
import { addLineTallies } from './tallies.ts';

/** A row of `dead_letters`. */
export interface DeadLetterRow {
  /** Line id, or `<queue>/<job id>`. */
  id: string;
  kind: 'line' | 'job';
  /** Log source of a line, queue of a job. */
  source: string;
  fingerprint: string | null;
  positions: 'bytes' | 'lines' | null;
  /** Format that was set for the source of a line; null where it is detected. */
  format: string | null;
  /** bigint: the driver gives text. */
  position: string | null;
  /** The line, or the job's data as JSON. */
  payload: string;
  reason: string;
  stack: string;
  created_at: string;
}

const COLUMNS = 'id, kind, source, fingerprint, positions, format, position, payload, reason, stack, created_at';

/** Dead letters, oldest first. @param limit most rows */
export async function listDeadLetters(database: Database, limit: number): Promise<DeadLetterRow[]> {
  return database.query<DeadLetterRow>(`select ${COLUMNS} from dead_letters order by created_at, id limit $1`, [limit]);
}

/** The letter with this id, if there is one. */
export async function findDeadLetter(database: Database, id: string): Promise<DeadLetterRow | undefined> {
  const rows = await database.query<DeadLetterRow>(`select ${COLUMNS} from dead_letters where id = $1`, [id]);
  return rows[0];
}

/** Deletes for good. Its lines stay counted as dead-lettered. Returns whether there was such a letter. */
export async function dropDeadLetter(database: Database, id: string): Promise<boolean> {
  const rows = await database.query(`delete from dead_letters where id = $1 returning id`, [id]);
  return rows.length > 0;
}

export interface RequeueJob {
  queue: QueueName;
  id: string;
  data: unknown;
}

/**
 * Gives a letter back to its queue: takes it and its count out of the books, hands the job to `add`, and only then commits; whatever
 * `add` throws leaves the letter where it was. Returns whether there still was such a letter: one that somebody else has requeued or
 * dropped meanwhile is in no books any more.
 * @throws Error where the letter cannot be made a job again
 */
export async function requeueDeadLetter(
  database: Database,
  letter: DeadLetterRow,
  add: (job: RequeueJob) => Promise<void>,
): Promise<boolean> {
  const job = letter.kind === 'line' ? lineJob(letter) : storedJob(letter);
  return database.transactional(async (em) => {
    const taken = await database.query(`delete from dead_letters where id = $1 returning id`, [letter.id], em);
    if (taken.length === 0) return false;
    // The books must forget the batch, or what comes of it would be taken for a repeat: under its own id, or under that of its letter,
    // which is all that could be told of a job that nobody could read.
    const ids = [letter.id, job.id, (job.data as { id?: unknown } | null)?.id].filter((id) => typeof id === 'string');
    await database.query(`delete from batches where id = any ($1)`, [ids], em);
    await uncount(database, letter, job, em);
    await add(job);
    return true;
  });
}

function lineJob(letter: DeadLetterRow): RequeueJob {
  if (letter.fingerprint === null || letter.positions === null || letter.position === null) {
    throw new Error(`The letter ${letter.id} does not say where its line stood; it can only be shown or dropped.`);
  }
  const bytes = Buffer.from(letter.payload, 'utf8');
  const firstPosition = Number(letter.position);
  const id = lineBatchId(letter.source, letter.fingerprint, firstPosition, firstPosition + bytes.byteLength + 1);
  const data: LineBatch = {
    v: CONTRACT_VERSION,
    id,
    source: letter.source,
    fingerprint: letter.fingerprint,
    positions: letter.positions,
    firstPosition,
    lineCount: 1,
    ...packLines(bytes),
    rejected: {},
    ...(letter.format === null ? {} : { format: letter.format }),
    readAtMs: Date.now(),
  };
  return { queue: 'lines', id, data };
}

function storedJob(letter: DeadLetterRow): RequeueJob {
  const [queue, ...id] = letter.id.split('/');
  return { queue: z.enum(QUEUE_NAMES).parse(queue), id: id.join('/'), data: JSON.parse(letter.payload) };
}

/** Takes out of the books what the letter counts for, a line by itself or all of its job. */
async function uncount(database: Database, letter: DeadLetterRow, job: RequeueJob, em: EntityManager): Promise<void> {
  if (letter.kind === 'line') return addLineTallies(database, em, letter.source, { dead_lettered: -1 });
  const { source, lines, rejected } = claimsOfJob(job.queue, job.data);
  const given = Object.entries(rejected).map(([reason, count]) => [`rejected:${reason}`, -count] as const);
  return addLineTallies(database, em, source, { dead_lettered: -lines, ...Object.fromEntries(given) });
}
