import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from './event-store.ts';
import { Partitions } from './partitions.ts';
import { batch, detection } from './testing/scored-batch.ts';

let database: Database;
let store: EventStore;
beforeAll(async () => {
  database = await openTestDatabase();
  store = new EventStore(database, new Partitions(database));
});
afterAll(() => database.close());

async function booksOf(source: string): Promise<Record<string, number>> {
  const rows = await database.query<{ outcome: string; lines: string }>(
    `select outcome, sum(lines) as lines from line_tallies where source = $1 group by outcome`,
    [source],
  );
  return Object.fromEntries(rows.map(({ outcome, lines }) => [outcome, Number(lines)]));
}

async function lettersOf(id: string): Promise<number> {
  return (await database.query(`select 1 from dead_letters where id = $1`, [`scored/${id}`])).length;
}

it('counts a batch once that stands twice in a group', async () => {
  const twice = batch('twice', [detection('twice', 0)]);
  const { stored, repeatedBatches } = await store.store([twice, twice]);
  expect([stored.length, repeatedBatches]).toEqual([1, 1]);
  expect(await booksOf('twice')).toEqual({ 'scored:LOW': 10, 'scored:HIGH': 1, 'rejected:unparsable': 2 });
});

it('writes a dead line once, in whichever batches it comes again', async () => {
  const dead = { id: 'line-1', position: 0, line: 'x', reason: 'it threw', stack: '' };
  const withDead = (from: number) => ({ ...batch('dead', [detection('dead', from)]), deadLines: [dead] });
  await store.store([withDead(0), withDead(1)]);
  const { stored } = await store.store([withDead(2)]);
  expect(stored).toHaveLength(1);
  expect(await database.query(`select source, kind from dead_letters where id = 'line-1'`)).toEqual([
    { source: 'dead', kind: 'line' },
  ]);
});

it('writes a job to the dead letters, and its lines to the books, once', async () => {
  const job = { source: 'job', linesRead: 7 };
  await store.deadLetterJob('job-1', job, 'unreadable');
  await store.deadLetterJob('job-1', job, 'unreadable');
  expect(await lettersOf('job-1')).toBe(1);
  expect(await booksOf('job')).toEqual({ dead_lettered: 7 });
});

it('dead-letters no batch that was stored after all', async () => {
  const stored = batch('stored', [detection('stored', 0)]);
  await store.store([stored]);
  const books = await booksOf('stored');
  await store.deadLetterJob('job-2', stored, 'stopped its workers', stored.id);
  expect(await lettersOf('job-2')).toBe(0);
  expect(await booksOf('stored')).toEqual(books);
});
