import type { ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import type { Database } from '@vigil/shared/storage/database';
import { dropDeadLetter, findDeadLetter, requeueDeadLetter, type RequeueJob } from '@vigil/shared/storage/dead-letters';
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

it('keeps all that an event says as it says it', async () => {
  const fields = {
    position: 2 ** 40,
    method: 'PUT',
    path: '/a "b" \\ {c}',
    query: 'x=1,2',
    status: 503,
    bytes: 2 ** 50,
    referer: 'https://a.example/',
    host: 'b.example',
    score: 0.55,
    line: 'the whole "line"',
  };
  const texts = { userAgent: 'an agent', rulesVersion: 'v7' };
  const lists = { classes: ['XSS', 'a "b" \\ {c}, d'], matchedRules: ['one, two', '{three}\n', '"four" \\'] };
  const evidence = {
    componentScores: { XSS: 0.5, 'a "b" \\': 0.05 },
    matches: [
      {
        rule: 'one, two',
        class: 'XSS',
        score: 0.5,
        field: 'query',
        decoded: ['percent'],
        excerpt: 'é \\ "',
        span: [0, 5],
      },
    ] satisfies ScoredRequest['matches'],
  };
  const severity = 'MEDIUM';
  const timestampMs = Date.UTC(2026, 2, 6, 1, 2, 3, 456);
  const address = { sourceIp: 'fe80::1%eth0' };
  const event = { ...fields, ...texts, ...lists, ...evidence, severity, timestampMs, ...address } as const;
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const said = [detection('said', event.position, event), detection('said', 1, { sourceIp: 'a.host.example' })];
  const window = windowOf(3);
  await store.store([{ ...batch('said', [{ ...said[0]!, window }, said[1]!]), traceparent }]);

  const [kept, other] = await database.query<Record<string, unknown>>(
    `select e.*, host(source_addr) as addr, o.traceparent from events e join outbox o on o.event_id = e.id
     where source = 'said' order by position desc`,
  );
  expect(kept).toMatchObject({
    ...fields,
    id: said[0]!.id,
    position: String(fields.position),
    bytes: String(fields.bytes),
    timestamp: '2026-03-06 01:02:03.456+00',
    source: 'said',
    user_agent: texts.userAgent,
    rules_version: texts.rulesVersion,
    classes: lists.classes,
    matched_rules: lists.matchedRules,
    component_scores: evidence.componentScores,
    matches: evidence.matches,
    severity,
    window,
    source_ip: address.sourceIp,
    addr: 'fe80::1',
    traceparent,
  });
  expect(other).toMatchObject({ source_ip: 'a.host.example', addr: null, window: null, traceparent });
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
  // It was looked at meanwhile, and is not to come back with a batch that is known.
  await dropDeadLetter(database, dead.id);
  expect((await store.store([withDead(2)])).dead).toEqual({ line: 0, job: 0 });
  expect(await findDeadLetter(database, dead.id)).toBeUndefined();
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

it('writes a job to the dead letters and its lines to the books together, or neither', async () => {
  await database.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$;
     create trigger refuse before insert on line_tallies for each statement execute function refuse()`,
  );
  const write = (): Promise<void> => store.deadLetterJob('both', { source: 'both', linesRead: 7 }, 'unreadable');
  try {
    await expect(write()).rejects.toThrow('the disk is full');
  } finally {
    await database.query('drop function refuse cascade');
  }
  expect(await lettersOf('both')).toBe(0);
  await write();
  expect([await lettersOf('both'), await booksOf('both')]).toEqual([1, { dead_lettered: 7 }]);
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

it('counts lines when they were scored, and events when they happened, by the minute and by the hour', async () => {
  const scoredAtMs = Date.UTC(2026, 2, 8, 11, 59, 59, 999);
  const address = { sourceIp: '203.0.113.99', path: '/counted', timestampMs: Date.UTC(2026, 2, 8, 9, 30, 45) };
  const events = [0, 1].map((position) => detection('clock', position, address));
  await store.store([{ ...batch('clock', events), scoredAtMs }]);
  const bucketsOf = async (table: string, where: string): Promise<string[]> => {
    const count = table.startsWith('line') ? 'lines' : 'events';
    const rows = await database.query<{ told: string }>(
      `select ${count} || ' at ' || to_char(bucket, 'HH24:MI') as told from ${table} where ${where}`,
    );
    return rows.map(({ told }) => told);
  };
  const high = `source = 'clock' and outcome = 'scored:HIGH'`;
  expect(await bucketsOf('line_tallies', high)).toEqual(['2 at 11:59']);
  expect(await bucketsOf('line_hour_tallies', high)).toEqual(['2 at 11:00']);
  const thatDay = `bucket between '2026-03-08' and '2026-03-09'`;
  expect(await bucketsOf('threat_tallies', thatDay)).toEqual(['2 at 09:30']);
  expect(await bucketsOf('threat_hour_tallies', thatDay)).toEqual(['2 at 09:00']);
  expect(await bucketsOf('source_tallies', `source_ip = '${address.sourceIp}'`)).toEqual(['2 at 09:00']);
  expect(await bucketsOf('path_tallies', `path = '${address.path}'`)).toEqual(['2 at 09:00']);
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

function windowOf(requests: number): NonNullable<ScoredRequest['window']> {
  return {
    requests1m: requests,
    requests5m: 2 * requests,
    requests10m: 3 * requests,
    errorRate5m: 0.25,
    distinctPaths5m: 1,
    distinctStatuses5m: 1,
    meanBytes5m: 12.5,
    methodEntropy5m: 0,
    pathDepthVariance5m: 0,
    distinctUserAgents10m: 1,
    interRequestMeanSeconds10m: 1,
    interRequestDeviationSeconds10m: 0,
  };
}

function underAnotherId(one: ScoredBatch): ScoredBatch {
  return { ...one, id: `${one.id} again` };
}
