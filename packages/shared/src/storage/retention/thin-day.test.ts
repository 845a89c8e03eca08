import { waitUntil } from '@vigil/dev-services/wait-until';
import { dropDayTables } from '../../testing/drop-day-tables.ts';
import { openTestDatabase } from '../../testing/open-test-database.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Database, EntityManager, Session } from '../database.ts';
import { sqlState } from '../database-errors.ts';
import { partitionName } from '../partitions.ts';
import { LARGEST_KEPT } from '../tallies.ts';
import { heldDays } from './drop-day.ts';
import { finishThinning, firstOfMinute, thinDay, type Thinning } from './thin-day.ts';

const DAY = '2026-03-02';
const NAME = partitionName(DAY);
/** By which one event stays of each minute, and of the newest fifty. */
const BYTES_MAX = 10_000_000;
const NEWEST = 50;
/** Fewer would leave little to gain. */
const FLOOD = 4_000;

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
afterEach(async () => {
  await dropDayTables(database);
  await database.query('truncate alerts, outbox, relay_cursors, reviews, path_tallies, source_tallies');
  await database.query('update relay_state set last_seq = 0');
});

async function makeDay(): Promise<void> {
  await database.query(`create table ${NAME} partition of events for values from ('${DAY}') to ('2026-03-03')`);
}

/** Stores events one millisecond after the other, each with its outbox row. */
async function store(time: string, count: number, em?: EntityManager): Promise<void> {
  await database.query(
    `with stored as (
       insert into events (id, timestamp, source, position, source_ip, method, path, query, status, bytes, referer, user_agent, host,
         score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
       select gen_random_uuid(), $1::timestamptz + n * interval '1 millisecond', '', n, '', '', '', '', 0, 0, '', '', '', 1, 'HIGH',
         '{}'::json, '{}'::text[], '{}'::text[], '[]'::json, repeat('x', 200), ''
       from generate_series(0, $2::int - 1) n
       returning id, timestamp
     )
     insert into outbox (event_id, event_timestamp) select id, timestamp from stored order by timestamp`,
    [`${DAY}T${time}Z`, count],
    em,
  );
}

/** What the relay does. */
async function assign(): Promise<void> {
  await database.query(`
    with moved as (delete from outbox returning pos, event_id, event_timestamp), state as (
      update relay_state set last_seq = last_seq + (select count(*) from moved) returning last_seq
    )
    insert into alerts (seq, event_id, event_timestamp)
    select last_seq - (select count(*) from moved) + row_number() over (order by pos), event_id, event_timestamp from moved, state`);
}

async function tell(sink: string, untold = 0): Promise<void> {
  await database.query(
    `insert into relay_cursors select $1, last_seq - $2::int from relay_state
     on conflict (sink) do update set published_seq = excluded.published_seq`,
    [sink, untold],
  );
}

/** A quiet minute, a flood of the next one, and both told. */
async function flood(): Promise<void> {
  await makeDay();
  await store('09:58:00', 1);
  await assign();
  await store('09:59:00', FLOOD);
  await assign();
  await tell('bus');
}

function thin(signal?: AbortSignal, sinks = ['bus'], isolation = 'read committed'): Promise<Thinning> {
  return database.session(async (session) => {
    await session.query(`set default_transaction_isolation = '${isolation}'`);
    const held = (await heldDays(session)).find(({ day }) => day === DAY);
    try {
      const thinned = await thinDay(session, held!, { bytesMax: BYTES_MAX, sinks }, signal);
      await finishThinning(session);
      return thinned;
    } finally {
      await session.query('reset default_transaction_isolation');
    }
  });
}

const idsOf = async (sql: string): Promise<string[]> =>
  (await database.query<{ id: string }>(`${sql} order by 1`)).map(({ id }) => id);

const tables = (): Promise<string[]> =>
  idsOf(
    `select relname::text as id from pg_class where relkind = 'r' and relname ~ '^events_' and pg_table_is_visible(oid)`,
  );

async function lockIsWaitedFor(): Promise<void> {
  const sql = `select 1 from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
    where relation = 'events'::regclass and mode = 'AccessExclusiveLock' and not granted`;
  await waitUntil(async () => (await database.query(sql)).length > 0, { timeoutMs: 20_000, what: 'a wait for events' });
}

it('keeps the first of each minute and the newest, and forgets the alerts of the others', async () => {
  await flood();
  const kept = await idsOf(
    `select event_id as id from alerts where seq <= 2 or seq > (select max(seq) - ${NEWEST} from alerts)`,
  );
  const [before] = await database.session((session) => heldDays(session));
  const thinned = await thin();
  const [now] = await database.session((session) => heldDays(session));
  expect(thinned).toEqual({ outcome: 'thinned', bytes: now!.bytes, firstOfMinute: 1 });
  expect(now).toMatchObject({ day: DAY, attachment: 'attached' });
  expect(now!.bytes).toBeLessThan(before!.bytes / 4);
  expect(await idsOf('select id from events')).toEqual(kept);
  expect(await idsOf('select event_id as id from alerts')).toEqual(kept);
  expect(await tables()).toEqual([NAME]);
});

it('leaves a day that takes events, knows those that stayed, and can be thinned again', async () => {
  await flood();
  await thin();
  const again = await database.query(
    `insert into events select * from events limit 5 on conflict (id, timestamp) do nothing returning id`,
  );
  expect(again).toEqual([]);
  expect(await thin()).toEqual({ outcome: 'little to gain' });
  await store('10:00:00', FLOOD);
  await assign();
  await tell('bus');
  expect(await thin()).toMatchObject({ outcome: 'thinned' });
  expect((await idsOf('select id from events')).length).toBe(NEWEST + 3);
  const indexes = `select indexdef from pg_indexes where tablename = $1`;
  expect(await database.query(indexes, [NAME])).toHaveLength(5);
});

it('keeps what has no seq yet, what one of the sinks has not taken, and what was reviewed', async () => {
  await flood();
  await store('10:00:00', 100);
  await tell('jetstream', 200);
  const [reviewed] = await database.query<{ id: string }>(`select event_id as id from alerts where seq = 1000`);
  await database.query(`insert into reviews (event_id, verdict, note, reviewer) values ($1, 'true_positive', '', '')`, [
    reviewed!.id,
  ]);
  const kept = await idsOf(`
    select event_id as id from outbox union all
    select event_id from alerts where seq in (1, 2, 1000) or seq > (select published_seq from relay_cursors where sink = 'jetstream')`);
  expect(kept).toHaveLength(303);
  expect(await thin(undefined, ['bus', 'jetstream'])).toMatchObject({ outcome: 'thinned' });
  expect(await idsOf('select id from events')).toEqual(kept);
});

it('waits for a sink that has not taken more than would go', async () => {
  await flood();
  await tell('jetstream', FLOOD);
  expect(await thin(undefined, ['bus', 'jetstream'])).toEqual({ outcome: 'waits for a sink' });
  expect(await thin(undefined, ['bus', 'new'])).toEqual({ outcome: 'waits for a sink' });
  expect(await thin()).toMatchObject({ outcome: 'thinned' });
});

it('loses nothing that is stored or given its seq meanwhile', async () => {
  await flood();
  const reader = database.fork();
  await reader.begin();
  await database.query('select 1 from events limit 1', [], reader);
  const [last] = await database.query<{ seq: string }>('select last_seq as seq from relay_state');
  const writer = database.fork();
  await writer.begin();
  await store('09:59:30', 20, writer);
  const thinning = thin();
  await lockIsWaitedFor();
  await writer.commit();
  await store('09:58:00.5', 30);
  await reader.commit();
  expect(await thinning).toMatchObject({ outcome: 'thinned' });
  const unfound = `select 1 from outbox o where not exists (select from events e where e.id = o.event_id)`;
  expect(await database.query(unfound)).toEqual([]);
  expect(await database.query('select 1 from outbox')).toHaveLength(50);
  await assign();
  const lost = `select 1 from alerts a where seq > $1 and not exists (select from events e where e.id = a.event_id)`;
  expect(await database.query(lost, [last!.seq])).toEqual([]);
});

it.each(['read committed', 'repeatable read'])('loses nothing for which it waits, by default %s', async (isolation) => {
  await flood();
  const writer = database.fork();
  await writer.begin();
  await store('10:00:00', 20, writer);
  const thinning = thin(undefined, ['bus'], isolation);
  await lockIsWaitedFor();
  await writer.commit();
  expect(await thinning).toMatchObject({ outcome: 'thinned' });
  const found = `select 1 from outbox o join events e on e.id = o.event_id`;
  expect(await database.query(found)).toHaveLength(20);
});

it('keeps what is reviewed while it looks for its moment', async () => {
  await flood();
  const reader = database.fork();
  await reader.begin();
  await database.query('select 1 from events limit 1', [], reader);
  const thinning = thin();
  await lockIsWaitedFor();
  const [reviewed] = await database.query<{ id: string }>(
    `insert into reviews (event_id, verdict, note, reviewer)
     select event_id, 'true_positive', '', '' from alerts where seq = 1000 returning event_id as id`,
  );
  await reader.commit();
  expect(await thinning).toMatchObject({ outcome: 'thinned' });
  expect(await database.query('select 1 from events where id = $1', [reviewed!.id])).toHaveLength(1);
});

it('waits for no vacuum of another day, and leaves its own as any day is', async () => {
  await flood();
  const constraints = async (): Promise<string[]> =>
    idsOf(`select conname || ' ' || pg_get_constraintdef(oid) as id from pg_constraint
      where contype <> 'p' and conrelid = '${NAME}'::regclass`);
  const before = await constraints();
  await database.query(`create table events_20260301 partition of events for values from ('2026-03-01') to ('${DAY}')`);
  const vacuum = database.fork();
  await vacuum.begin();
  await database.query('lock table events_20260301 in share update exclusive mode', [], vacuum);
  expect(await thin()).toMatchObject({ outcome: 'thinned' });
  await vacuum.commit();
  expect(await constraints()).toEqual(before);
});

it('copies nothing while somebody uses events for long, as a dump does', async () => {
  await flood();
  const thinUnlessUsed = (): Promise<Thinning> =>
    database.session(async (session) => {
      const [held] = await heldDays(session);
      return thinDay(session, held!, { bytesMax: BYTES_MAX, sinks: ['bus'], longUseMs: 0 });
    });
  const dump = database.fork();
  await dump.begin();
  await database.query('select 1 from events limit 1', [], dump);
  expect(await thinUnlessUsed()).toEqual({ outcome: 'in use' });
  await dump.commit();
  expect(await thinUnlessUsed()).toMatchObject({ outcome: 'thinned' });
});

it('leaves everything as it was where somebody reads events until it is to stop', async () => {
  await flood();
  const before = await idsOf('select id from events');
  const reader = database.fork();
  await reader.begin();
  await database.query('select 1 from events limit 1', [], reader);
  const stopping = new AbortController();
  const thinning = thin(stopping.signal).catch((error: unknown) => error);
  await lockIsWaitedFor();
  stopping.abort(new Error('stopping'));
  const error = await thinning;
  expect(error instanceof Error && (error.message === 'stopping' || sqlState(error) === '55P03')).toBe(true);
  await reader.commit();
  expect(await tables()).toEqual([NAME]);
  expect(await idsOf('select id from events')).toEqual(before);
  expect(await database.query('select 1 from alerts')).toHaveLength(FLOOD + 1);
});

it('takes up what runs have left that were killed, before the exchange and after it', async () => {
  await flood();
  await database.query(`create table ${NAME}_thinned (like events)`);
  await database.query(`create table ${NAME}_emptied (like events)`);
  await database.query(`create table events_20260301_emptied (like events)`);
  await database.query(`delete from events where timestamp > '${DAY}T09:59:01Z'`);
  await database.query(`insert into path_tallies select $1, n::text, n from generate_series(1, $2::int) n`, [
    `${DAY}T09:00:00Z`,
    LARGEST_KEPT + 3,
  ]);
  await database.session((session: Session) => finishThinning(session));
  expect(await tables()).toEqual([NAME]);
  expect(await idsOf('select event_id as id from alerts')).toEqual(await idsOf('select id from events'));
  expect(await database.query('select 1 from path_tallies')).toHaveLength(LARGEST_KEPT);
});

it('leaves alone what somebody has copied out of a day', async () => {
  await makeDay();
  await database.query(`create table ${NAME}_copy as table ${NAME}`);
  await database.session((session: Session) => finishThinning(session));
  expect(await tables()).toEqual([NAME, `${NAME}_copy`]);
});

it('keeps so many that a day takes at most a quarter of the bound, however large its events are', () => {
  expect([0, BYTES_MAX, 10e9, 50e9].map(firstOfMinute)).toEqual([1, 1, 86, 434]);
});
