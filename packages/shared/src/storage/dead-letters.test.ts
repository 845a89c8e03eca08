import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { lineBatchSchema } from '../contracts/line-batch.ts';
import { lineBatchId, lineId } from '../lines/ids.ts';
import { unpackBytes } from '../lines/payload.ts';
import type { Database } from './database.ts';
import { openTestDatabase } from '../testing/open-test-database.ts';
import {
  allDeadLetters,
  dropDeadLetter,
  findDeadLetter,
  listDeadLetters,
  requeueDeadLetter,
  type RequeueJob,
} from './dead-letters.ts';

const ID = lineId('/var/log/access.log', 'f-1', 120);
const LINE = '198.51.100.7 - - [bad] "GET /é HTTP/1.1"';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query('delete from dead_letters');
  await database.query('delete from batches');
  await database.query('delete from line_tallies');
  await database.query(
    `insert into dead_letters (id, kind, source, fingerprint, positions, format, position, payload, reason, stack)
     values ($1, 'line', '/var/log/access.log', 'f-1', 'bytes', 'combined', 120, $2, 'the engine threw', 'at …'),
            ('lines/lb-x', 'job', 'lines', null, null, null, null, '{"v":99}', 'contract version 99', '')`,
    [ID, LINE],
  );
});

async function deadLettered(): Promise<number> {
  const rows = await database.query<{ n: string }>(`select coalesce(sum(lines), 0) as n from line_tallies`);
  return Number(rows[0]?.n);
}

it('makes a dead line a batch of its own that gives it the same id again, and takes it out of the books', async () => {
  const batchId = lineBatchId('/var/log/access.log', 'f-1', 120, 120 + Buffer.byteLength(LINE) + 1);
  await database.query('insert into batches (id) values ($1)', [batchId]);
  const added: RequeueJob[] = [];
  const letter = await findDeadLetter(database, ID);
  await requeueDeadLetter(database, letter!, async (job) => void added.push(job));

  const batch = lineBatchSchema.parse(added[0]?.data);
  expect(added).toMatchObject([{ queue: 'lines', id: batchId }]);
  expect(unpackBytes(batch).toString()).toBe(LINE);
  expect(batch.format).toBe('combined');
  expect(lineId(batch.source, batch.fingerprint, batch.firstPosition)).toBe(ID);
  expect(await findDeadLetter(database, ID)).toBeUndefined();
  expect(await deadLettered()).toBe(-1);
  expect(await database.query('select 1 from batches')).toEqual([]);
});

it('takes letters out of the books of the hour in which they were written', async () => {
  await database.query('delete from line_hour_tallies');
  const job = { v: 1, source: 'a.log', lineCount: 7, rejected: { too_long: 2 } };
  await database.query(
    `update dead_letters set created_at = '2026-03-02T10:59:59.123Z', payload = case kind when 'job' then $1 else payload end`,
    [JSON.stringify(job)],
  );
  for (const id of [ID, 'lines/lb-x'])
    await requeueDeadLetter(database, (await findDeadLetter(database, id))!, async () => undefined);
  const books = (table: string) =>
    database.query(`select bucket, outcome, sum(lines)::int as lines from ${table} group by 1, 2 order by 2, 1`);
  for (const [table, bucket] of [
    ['line_tallies', '2026-03-02 10:59:00+00'],
    ['line_hour_tallies', '2026-03-02 10:00:00+00'],
  ] as const)
    expect(await books(table)).toEqual([
      { bucket, outcome: 'dead_lettered', lines: -8 },
      { bucket, outcome: 'rejected:too_long', lines: -2 },
    ]);
});

it('gives a job back as it was', async () => {
  const added: RequeueJob[] = [];
  const letter = await findDeadLetter(database, 'lines/lb-x');
  await requeueDeadLetter(database, letter!, async (job) => void added.push(job));
  expect(added).toEqual([{ queue: 'lines', id: 'lb-x', data: { v: 99 } }]);
});

it('has the books forget the batch of a job, whichever of its ids it has there, and no other', async () => {
  await database.query(`insert into batches (id) values ('lb-x'), ('lines/lb-x'), ('lb-itself'), ('lb-other')`);
  await database.query(`update dead_letters set payload = '{"v":99,"id":"lb-itself"}' where id = 'lines/lb-x'`);
  const letter = await findDeadLetter(database, 'lines/lb-x');
  await requeueDeadLetter(database, letter!, async () => undefined);
  expect(await database.query('select id from batches')).toEqual([{ id: 'lb-other' }]);
});

it('keeps the letter and the books where the queue does not take it', async () => {
  await database.query(`insert into batches (id) values ($1)`, [ID]);
  const letter = await findDeadLetter(database, ID);
  const refused = requeueDeadLetter(database, letter!, async () => {
    throw new Error('Redis is away');
  });
  await expect(refused).rejects.toThrow('Redis is away');
  expect(await findDeadLetter(database, ID)).toMatchObject({ payload: LINE });
  expect(await deadLettered()).toBe(0);
  expect(await database.query('select id from batches')).toEqual([{ id: ID }]);
});

it('takes a letter out of the books once, however many requeue it at once', async () => {
  const added: RequeueJob[] = [];
  const letter = await findDeadLetter(database, ID);
  const requeued = await Promise.all(
    Array.from({ length: 4 }, () => requeueDeadLetter(database, letter!, async (job) => void added.push(job))),
  );
  expect(requeued.filter(Boolean)).toHaveLength(1);
  expect(added).toHaveLength(1);
  expect(await deadLettered()).toBe(-1);
});

it.each([ID, 'lines/lb-x'])('lists the oldest first, whatever it is called: %s', async (id) => {
  await database.query(`update dead_letters set created_at = created_at - interval '1 hour' where id = $1`, [id]);
  expect((await listDeadLetters(database, 1)).letters).toMatchObject([{ id }]);
});

it('drops a letter once', async () => {
  const { letters, total } = await listDeadLetters(database, 1);
  expect([letters.length, total]).toEqual([1, 2]);
  // Of jobs, what is in them may be a megabyte each.
  expect(letters[0]).not.toHaveProperty('payload');
  expect(await dropDeadLetter(database, ID)).toBe(true);
  expect(await dropDeadLetter(database, ID)).toBe(false);
  expect((await listDeadLetters(database, 10)).letters).toHaveLength(1);
});

it('gives all letters once, page by page, those of the same instant or of a clock that was ahead too, and none that is written meanwhile', async () => {
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack, created_at)
     select 'n-' || n, 'line', 's', '', '', '', now() - n / 150 * interval '1 microsecond' from generate_series(1, 450) n`,
  );
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack, created_at)
     values ('ahead', 'line', 's', '', '', '', now() + interval '1 day')`,
  );
  const ids: string[] = [];
  for await (const page of allDeadLetters(database)) {
    ids.push(...page.map(({ id }) => id));
    await database.query(
      `insert into dead_letters (id, kind, source, payload, reason, stack) values ('later-' || $1, 'line', 's', '', '', '')`,
      [ids.length],
    );
  }
  expect([ids.length, new Set(ids).size]).toEqual([453, 453]);
  expect(ids.filter((id) => id.startsWith('later'))).toEqual([]);
});
