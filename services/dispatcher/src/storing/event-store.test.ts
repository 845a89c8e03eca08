import type { ScoredBatch } from '@vigil/shared/contracts';
import type { Database } from '@vigil/shared/storage/database';
import { findDeadLetter, requeueDeadLetter, type RequeueJob } from '@vigil/shared/storage/dead-letters';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from './event-store.ts';
import { Partitions } from './partitions.ts';
import { batch, detection } from '../testing/scored-batch.ts';

let database: Database;
let store: EventStore;
beforeAll(async () => {
  database = await openTestDatabase();
  store = new EventStore(database, new Partitions(database));
});
afterAll(() => database.close());

async function booksOf(source: string, table = 'line_tallies'): Promise<Record<string, number>> {
  const rows = await database.query<{ outcome: string; lines: string }>(
    `select outcome, sum(lines) as lines from ${table} where source = $1 group by outcome`,
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
  for (const table of ['line_tallies', 'line_hour_tallies'])
    expect(await booksOf('twice', table)).toEqual({ 'scored:LOW': 10, 'scored:HIGH': 1, 'rejected:unparsable': 2 });
});

it('keeps an event as it came first, whether it comes again in the same group or in another', async () => {
  const at = (severity: 'HIGH' | 'MEDIUM') => detection('overlap', 1, { severity });
  const overlapping = [batch('overlap', [at('HIGH')]), batch('overlap', [detection('overlap', 0), at('MEDIUM')])];
  const { stored } = await store.store(overlapping);
  expect(stored.map(({ position, severity }) => [position, severity])).toEqual([
    [1, 'HIGH'],
    [0, 'HIGH'],
  ]);
  const { stored: again } = await store.store([batch('overlap', [at('MEDIUM'), detection('overlap', 2)])]);
  expect(again.map(({ position }) => position)).toEqual([2]);
  expect(await database.query(`select severity from events where id = $1`, [at('HIGH').id])).toEqual([
    { severity: 'HIGH' },
  ]);
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

it('keeps with a dead line and a dead job what it takes to score them again', async () => {
  const lines = { fingerprint: 'f', positions: 'bytes', format: 'combined' } as const;
  const deadLine = { id: 'line-2', position: 120, line: 'x', reason: 'it threw', stack: 'at it' };
  const deadJob = { id: 'lines/job-0', lines: 3, payload: '{"v":99}', reason: 'contract version 99', stack: '' };
  const scored = { ...batch('again', []), ...lines, deadLines: [deadLine], deadJobs: [deadJob] };
  expect((await store.store([scored])).dead).toEqual({ line: 1, job: 1 });

  const [line, job] = [await findDeadLetter(database, deadLine.id), await findDeadLetter(database, deadJob.id)];
  expect(line).toMatchObject({ kind: 'line', source: 'again', position: '120', payload: 'x', ...lines });
  const requeued: RequeueJob[] = [];
  for (const letter of [line, job]) await requeueDeadLetter(database, letter!, async (one) => void requeued.push(one));
  expect(requeued).toMatchObject([
    { queue: 'lines', data: { source: 'again', firstPosition: 120, lineCount: 1, ...lines } },
    { queue: 'lines', id: 'job-0', data: { v: 99 } },
  ]);
});

it('counts what suppressions silenced, and where a shadow pack concluded otherwise', async () => {
  const shadow = { next: { onlyActive: 2, onlyShadow: 3 } };
  await store.store([{ ...batch('counted', []), suppressed: { 'own-scanner': 4 }, shadow }]);
  expect(await booksOf('counted')).toMatchObject({
    'suppressed:own-scanner': 4,
    'shadow_only_active:next': 2,
    'shadow_only_shadow:next': 3,
  });
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

it('keeps jobs apart in the dead letters whose ids begin alike, however long they are', async () => {
  const begin = `long-${'x'.repeat(5_000)}`;
  for (const end of ['a', 'b']) await store.deadLetterJob(begin + end, { source: 'long', linesRead: 1 }, 'unreadable');
  const letters = await database.query(`select 1 from dead_letters where id like 'scored/long-%'`);
  expect(letters).toHaveLength(2);
  expect(await booksOf('long')).toEqual({ dead_lettered: 2 });
});

it('counts an event that is of no class', async () => {
  await store.store([
    batch('no class', [detection('no class', 0, { classes: [], timestampMs: Date.UTC(2026, 2, 5) })]),
  ]);
  expect(
    await database.query(`select class, events::int from threat_tallies where bucket = '2026-03-05T00:00:00Z'`),
  ).toEqual([{ class: 'UNCLASSIFIED', events: 1 }]);
});

it('writes a job to the dead letters that no text of PostgreSQL holds, whatever it and its reason say', async () => {
  const job = { source: 'unstorable', linesRead: 1, 'a \0 b': '\ud800' };
  await store.deadLetterJob('job \0 3', job, 'invalid: a \0 b \ud800');
  const [letter] = await database.query<{ payload: string; reason: string }>(
    `select payload, reason from dead_letters where id like 'scored/job %'`,
  );
  expect(JSON.parse(letter!.payload)).toEqual(job);
  expect(letter!.reason).toBe('invalid: a \u2400 b \ufffd');
});

it('stores what a log of before 1970 tells, as clocks that were never set do west of Greenwich', async () => {
  const timestampMs = Date.UTC(1969, 11, 31, 19);
  const { stored } = await store.store([batch('1969', [detection('1969', 0, { timestampMs })])]);
  expect(stored).toHaveLength(1);
  expect(await database.query(`select timestamp from events where source = '1969'`)).toEqual([
    { timestamp: '1969-12-31 19:00:00+00' },
  ]);
});

it('has events told in the order in which they were given, however PostgreSQL joins', async () => {
  const setJoins = (to: string): Promise<unknown> =>
    database.query(
      `do $$ begin
         execute format('alter database %I set enable_hashjoin = ${to}', current_database());
         execute format('alter database %I set enable_nestloop = ${to}', current_database());
       end $$`,
    );
  await setJoins('off');
  const reopened = await database.reopen({ poolMax: 1 });
  try {
    const events = Array.from({ length: 50 }, (_, position) => detection('order', position));
    await new EventStore(reopened, new Partitions(reopened)).store([batch('order', events)]);
    const told = await database.query<{ event_id: string }>(
      `select event_id from outbox where event_id = any ($1) order by pos`,
      [events.map(({ id }) => id)],
    );
    expect(told.map(({ event_id: id }) => id)).toEqual(events.map(({ id }) => id));
  } finally {
    await reopened.close();
    await setJoins('default');
  }
});

it.each([
  ['the same batches', (first: ScoredBatch, second: ScoredBatch) => [second, first]],
  [
    'others of the same sources',
    (first: ScoredBatch, second: ScoredBatch) => [underAnotherId(second), underAnotherId(first)],
  ],
])('never waits in a circle for another dispatcher that is given %s in another order', async (what, others) => {
  // So that both begin with a connection that is there, and linger long enough to be at it together.
  await Promise.all([1, 2].map(() => database.query('select pg_sleep(0.1)')));
  await database.query(
    `create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$;
     create trigger linger before insert on batches for each row execute function linger();
     create trigger linger before insert on line_tallies for each row execute function linger();
     create trigger linger before insert on line_hour_tallies for each row execute function linger()`,
  );
  try {
    const [first, second] = ['a', 'b'].map((half) => batch(`${what} ${half}`, []));
    const groups = [[first!, second!], others(first!, second!)];
    const results = await Promise.allSettled(groups.map((group) => store.store(group)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  } finally {
    await database.query('drop function linger cascade');
  }
});

function underAnotherId(one: ScoredBatch): ScoredBatch {
  return { ...one, id: `${one.id} again` };
}
