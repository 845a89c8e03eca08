import type { ScoredRequest } from '@vigil/shared/contracts';
import type { Logger } from '@vigil/shared/logging/logger';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from '../storing/event-store.ts';
import { Partitions } from '../storing/partitions.ts';
import { GROUP_MAX, Relay } from './relay.ts';
import { batch, detection } from '../testing/scored-batch.ts';
import { UntoldEvents } from './untold-events.ts';

const log = testLogger();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function store(source: string, events: ScoredRequest[], traceparent?: string): Promise<ScoredRequest[]> {
  const scored = { ...batch(source, events), traceparent };
  return (await new EventStore(database, new Partitions(database)).store([scored])).stored;
}

it('tells of an event at hand what it would have read', async () => {
  const plain = detection('at-hand', 0);
  const odd = detection('at-hand', 1, {
    timestampMs: -1,
    sourceIp: 'fe80::1%eth0',
    method: 'G\ud800T',
    path: '/\udfff/\u{1f600}/é',
    score: 0.1 + 0.2,
    severity: 'MEDIUM',
    componentScores: { Z: 1e-7, A: 0.30000000000000004, '': 1, '\ud800 \0': 0 },
    classes: ['with "quotes"', '\ud800'],
    matchedRules: ['{}', '', '\udc00'],
  });
  const traceparents = ['1', '2'].map((n) => `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0${n}`);
  const stored = [
    ...(await store('at-hand', [plain], traceparents[0])),
    ...(await store('at-hand', [odd], traceparents[1])),
  ];
  await database.session(async (session) => {
    const untold = new UntoldEvents();
    untold.add(stored);
    const leader = new Relay(session, log, untold);
    const after = await leader.lastSeq();
    await leader.assign(true);
    // What comes now does not come from the table.
    await session.query('begin');
    await session.query('delete from events');
    const told = await leader.read(after);
    await session.query('rollback');
    expect(told.alerts.map(({ id }) => id)).toEqual([plain.id, odd.id]);
    expect(told.alerts.map(({ traceparent }) => traceparent)).toEqual(traceparents);
    expect(told).toEqual(await new Relay(session, log).read(after));
  });
});

it('tells in order what several dispatchers have stored', async () => {
  const [first] = await store('ours', [detection('ours', 0)]);
  const [second] = await store('theirs', [detection('theirs', 0)]);
  const [third] = await store('ours', [detection('ours', 1)]);
  await database.session(async (session) => {
    const untold = new UntoldEvents();
    untold.add([first!, third!]);
    const leader = new Relay(session, log, untold);
    const after = await leader.lastSeq();
    expect(await leader.assign(true)).toEqual({ count: 3, more: false });
    const told = await leader.read(after);
    expect(told.alerts.map(({ id, seq }) => [id, seq])).toEqual([
      [first!.id, after + 1],
      [second!.id, after + 2],
      [third!.id, after + 3],
    ]);
  });
});

it('gives the seq in the order of storing, wherever PostgreSQL has put the rows', async () => {
  // As a table that is vacuumed is filled: from its end.
  await database.query(
    `insert into outbox (pos, event_id, event_timestamp) overriding system value
     select 1000000 + n, gen_random_uuid(), now() from generate_series($1::int, 1, -1) n`,
    [GROUP_MAX + 1],
  );
  const inOrder = await database.query<{ id: string }>(`select event_id as id from outbox order by pos`);
  await database.session(async (session) => {
    const leader = new Relay(session, log);
    const after = await leader.lastSeq();
    expect(await leader.assign(true)).toEqual({ count: GROUP_MAX, more: true });
    expect(await leader.assign(true)).toEqual({ count: 1, more: false });
    const given = await session.query(`select event_id as id from alerts where seq > $1 order by seq`, [after]);
    expect(given).toEqual(inOrder);
  });
});

it('keeps what is stored until it can be given a seq, where somebody has emptied the table that knows the last', async () => {
  const [event] = await store('no state', [detection('no state', 0)]);
  await database.session(async (session) => {
    const leader = new Relay(session, log);
    const after = await leader.lastSeq();
    await session.query('begin');
    await session.query('delete from relay_state');
    expect(await leader.assign(true)).toEqual({ count: 0, more: false });
    await session.query('insert into relay_state (id, last_seq) values (1, $1)', [after]);
    await session.query('commit');
    expect(await leader.assign(true)).toEqual({ count: 1, more: false });
    expect((await leader.read(after)).alerts).toMatchObject([{ id: event!.id, seq: after + 1 }]);
  });
});

it('begins a sink that is new with all that is kept, or behind it where it wants that, and others where they were', async () => {
  await store('begun', [detection('begun', 0)]);
  await database.session(async (session) => {
    const leader = new Relay(session, log);
    const { count } = await leader.assign(true);
    const end = await leader.lastSeq();
    expect(count).toBeGreaterThan(0);
    const cursors = async () => [await leader.cursor('jetstream'), await leader.cursor('webhook', true)];
    expect(await cursors()).toEqual([0, end]);
    await leader.advance('jetstream', 1);
    await store('begun', [detection('begun', 1)]);
    await leader.assign(true);
    expect(await cursors()).toEqual([1, end]);
  });
});

it('reads anew what PostgreSQL did not give in time', async () => {
  const [stored] = await store('anew', [detection('anew', 0)]);
  const read = database.session(async (session) => {
    const leader = new Relay(session, log);
    const after = await leader.lastSeq();
    await leader.assign(true);
    await database.transactional(async (em) => {
      await database.query('lock table alerts in access exclusive mode', [], em);
      await session.query('set statement_timeout = 50');
      await expect(leader.read(after)).rejects.toThrow('statement timeout');
      await session.query('reset statement_timeout');
    });
    return leader.read(after);
  });
  expect((await read).alerts.map(({ id }) => id)).toEqual([stored!.id]);
});

it('says how many alerts retention dropped before they were told', async () => {
  await store(
    'old',
    [0, 1, 2, 3].map((position) => detection('old', position)),
  );
  await database.session(async (session) => {
    const warned: unknown[] = [];
    const warning = { ...log, warn: (fields: unknown) => void warned.push(fields) } as Logger;
    const leader = new Relay(session, log);
    const after = await leader.lastSeq();
    await leader.assign(true);
    await session.query('begin');
    // The first with its event, as retention does it, the third while it does.
    await session.query('delete from alerts where seq = $1', [after + 1]);
    await session.query('delete from events where id in (select event_id from alerts where seq = $1)', [after + 3]);
    const relay = new Relay(session, warning);
    const [told, rest] = [await relay.read(after), await relay.read(after + 2)];
    await session.query('rollback');
    expect(told.alerts.map(({ seq }) => seq)).toEqual([after + 2, after + 4]);
    expect(rest.alerts.map(({ seq }) => seq)).toEqual([after + 4]);
    expect(warned).toEqual([
      { after, missing: 2 },
      { after: after + 2, missing: 1 },
    ]);
  });
});

it.each([
  ['many', 5_001, '/'],
  ['long', 2_001, `/${'a'.repeat(999)}`],
])('keeps the newest events for a relay that is behind, however %s', (what, count, path) => {
  const untold = new UntoldEvents();
  const events = Array.from({ length: count }, (_event, position) => detection(what, position, { path }));
  untold.add(events);
  expect(untold.take(events[0]!.id)).toBeUndefined();
  expect(untold.take(events[1]!.id)).toMatchObject({ id: events[1]!.id });
  expect(untold.take(events[1]!.id)).toBeUndefined();
});
