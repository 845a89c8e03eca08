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

/** What a letter is, without its payload and stack: some hundred batches together are more than a command may hold. */
export type DeadLetterHead = Pick<DeadLetterRow, 'id' | 'kind' | 'source' | 'reason' | 'created_at'>;

const HEAD_COLUMNS = 'id, kind, source, reason, created_at';

/** Letters that are read at once where all are wanted. */
const PAGE_LETTERS = 200;

/** Dead letters, oldest first, and how many there are. @param limit most rows */
export async function listDeadLetters(
  database: Database,
  limit: number,
): Promise<{ letters: DeadLetterHead[]; total: number }> {
  const letters = await database.query<DeadLetterHead>(
    `select ${HEAD_COLUMNS} from dead_letters order by created_at, id limit $1`,
    [limit],
  );
  const [count] = await database.query<{ total: string }>('select count(*) as total from dead_letters');
  return { letters, total: Number(count!.total) };
}

/**
 * All letters that exist when it begins, newest first and page by page: what is written meanwhile is in no page, unless a clock that
 * was ahead has given some letters a time in the future.
 */
export async function* allDeadLetters(database: Database): AsyncGenerator<DeadLetterHead[], void> {
  let before: Pick<DeadLetterHead, 'created_at' | 'id'> = { created_at: 'infinity', id: '' };
  for (;;) {
    const page = await database.query<DeadLetterHead>(
      `select ${HEAD_COLUMNS} from dead_letters where (created_at, id) < ($1::timestamptz, $2)
       order by created_at desc, id desc limit ${PAGE_LETTERS}`,
      [before.created_at, before.id],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    before = last;
  }
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

/** The letter can only be shown or dropped. */
export class HopelessLetterError extends Error {
  override readonly name = 'HopelessLetterError';

  constructor(id: string, why: string, options?: ErrorOptions) {
    super(`The letter ${id} ${why}; it can only be shown or dropped.`, options);
  }
}

/**
 * Gives a letter back to its queue: takes it and its count out of the books, hands the job to `add`, and only then commits; whatever
 * `add` throws leaves the letter where it was. Returns whether there still was such a letter: one that somebody else has requeued or
 * dropped meanwhile is in no books any more.
 * @throws HopelessLetterError where the letter cannot be made a job again
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
    throw new HopelessLetterError(letter.id, 'does not say where its line stood');
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
  try {
    return { queue: z.enum(QUEUE_NAMES).parse(queue), id: id.join('/'), data: JSON.parse(letter.payload) };
  } catch (cause) {
    throw new HopelessLetterError(letter.id, 'holds no job', { cause });
  }
}

/**
 * Takes out of the books what the letter counts for, a line by itself or all of its job, where it was counted: taken out of the present,
 * it would be missing there.
 */
async function uncount(database: Database, letter: DeadLetterRow, job: RequeueJob, em: EntityManager): Promise<void> {
  const atMs = new Date(letter.created_at).getTime();
  if (letter.kind === 'line') return addLineTallies(database, em, letter.source, { dead_lettered: -1 }, atMs);
  const { source, lines, rejected } = claimsOfJob(job.queue, job.data);
  const given = Object.entries(rejected).map(([reason, count]) => [`rejected:${reason}`, -count] as const);
  return addLineTallies(database, em, source, { dead_lettered: -lines, ...Object.fromEntries(given) }, atMs);
}
