import { once } from 'node:events';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { openDatabase, type Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { AlertOrder, AlertSink } from '../sinks/alert-sink.ts';
import { EventStore } from '../storing/event-store.ts';
import { DispatcherMetrics } from '../metrics.ts';
import { Partitions } from '../storing/partitions.ts';
import { RelayLeader } from './relay-leader.ts';
import { GROUP_MAX } from './relay.ts';
import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { batch, detection } from '../testing/scored-batch.ts';

const SHORT_SILENCE_MS = 500;
const releases: (() => unknown)[] = [];
let postgresUrl: string;

beforeAll(async () => {
  ({ postgresUrl } = await testServices(['postgres']));
  const database = await openTestDatabase();
  await database.close();
});
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
  // A sink whose name is new to the next test would be told of these, too.
  const database = await openDatabase(postgresUrl);
  await database.query('truncate outbox, alerts, relay_cursors');
  await database.close();
});

interface Candidate {
  isLeader: () => Promise<boolean>;
  counted: (what: 'published' | 'publishFailures', sink: string) => Promise<number | undefined>;
  stop: () => Promise<void>;
}

/** @param silenceMaxMs short in tests of it alone: on a busy machine PostgreSQL may take as long, and the lead is lost */
function campaign(
  database: Database,
  sinks: readonly AlertSink[] = [],
  silenceMaxMs = 10_000,
  log = testLogger(),
): Candidate {
  const stopping = new AbortController();
  const metrics = new DispatcherMetrics(new Registry());
  const leader = new RelayLeader({ database, sinks, metrics, log, signal: stopping.signal, silenceMaxMs });
  leader.start();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await leader.stopped();
  };
  // Left behind by a test that fails, it would keep the others from leading.
  releases.push(stop);
  return {
    isLeader: async () => (await metrics.relayLeader.get()).values[0]?.value === 1,
    counted: async (what, sink) => (await metrics[what].get()).values.find(({ labels }) => labels.sink === sink)?.value,
    stop,
  };
}

function collectingSink(told: string[]): AlertSink {
  return {
    name: 'bus',
    publish: async (alerts) => void told.push(...alerts.map(({ id }) => id)),
    close: async () => undefined,
  };
}

async function open(url: string): Promise<Database> {
  const database = await openDatabase(url);
  releases.push(() => database.close());
  return database;
}

const leading = (candidate: Candidate): Promise<true> =>
  waitUntil(candidate.isLeader, { timeoutMs: 20_000, what: 'leading' });

it('leads alone, and passes the lead on when it stops', async () => {
  // However busy the machine is, nobody is taken for silent.
  const patienceMs = 600_000;
  const first = campaign(await open(postgresUrl), [], patienceMs);
  expect(await leading(first)).toBe(true);
  const others = await open(postgresUrl);
  const asking = vi.spyOn(others, 'session');
  const second = campaign(others, [], patienceMs);
  const hasAsked = async () => (await second.isLeader()) || asking.mock.settledResults[0]?.type === 'fulfilled';
  await waitUntil(hasAsked, { timeoutMs: 20_000, what: 'the second to ask for the lead' });
  expect([await first.isLeader(), await second.isLeader()]).toEqual([true, false]);
  await first.stop();
  expect(await leading(second)).toBe(true);
  expect(await first.isLeader()).toBe(false);
});

it('passes the lead on when the leader falls silent with its connection open', async () => {
  const proxy = await startFreezableProxy(postgresUrl);
  const cutOff = campaign(await open(proxy.url), [], SHORT_SILENCE_MS);
  releases.push(() => proxy.close());
  expect(await leading(cutOff)).toBe(true);
  const other = campaign(await open(postgresUrl));
  proxy.freeze();
  expect(await leading(other)).toBe(true);
});

it('tells what was stored before it stops, and leaves what a sink refuses to the next', async () => {
  const database = await open(postgresUrl);
  const told: string[] = [];
  const collecting = collectingSink(told);
  const refusing: AlertSink = {
    name: 'jetstream',
    publish: () => Promise.reject(new Error('away')),
    close: async () => undefined,
  };
  const leader = campaign(database, [collecting, refusing]);
  expect(await leading(leader)).toBe(true);
  // More than get their seq at once.
  const events = Array.from({ length: GROUP_MAX + 3 }, (_, position) => detection('farewell', position));
  const store = new EventStore(database, new Partitions(database));
  await store.store([batch('farewell', events.slice(0, 1))]);
  await waitUntil(() => told.length === 1, { timeoutMs: 20_000, what: 'the first alert' });
  await store.store([batch('farewell', events.slice(1))]);
  await leader.stop();
  expect(told).toEqual(events.map(({ id }) => id));
  expect(await leader.counted('publishFailures', 'jetstream')).toBeGreaterThan(0);
  campaign(database, [{ ...collecting, name: 'jetstream' }]);
  await waitUntil(() => told.length === 2 * events.length, { timeoutMs: 20_000, what: 'the next leader' });
  expect(told.slice(events.length)).toEqual(events.map(({ id }) => id));
});

it('lets a sink end what it is at when another refuses what is left after the stop', async () => {
  const database = await open(postgresUrl);
  const told: string[] = [];
  const asked = Promise.withResolvers<void>();
  const refusedLast = Promise.withResolvers<void>();
  let isStopping = false;
  const refusing: AlertSink = {
    ...collectingSink([]),
    name: 'jetstream',
    publish: async () => {
      // Behind all that follows from the refusal.
      if (isStopping) setImmediate(refusedLast.resolve);
      throw new Error('away');
    },
  };
  const busy: AlertSink = {
    ...collectingSink(told),
    publish: async (alerts, _order, signal) => {
      asked.resolve();
      await refusedLast.promise;
      signal?.throwIfAborted();
      told.push(...alerts.map(({ id }) => id));
    },
  };
  const leader = campaign(database, [refusing, busy]);
  expect(await leading(leader)).toBe(true);
  const event = detection('at it', 0);
  await new EventStore(database, new Partitions(database)).store([batch('at it', [event])]);
  await asked.promise;
  await waitUntil(async () => ((await leader.counted('publishFailures', 'jetstream')) ?? 0) > 0, {
    timeoutMs: 20_000,
    what: 'a refusal',
  });
  isStopping = true;
  await leader.stop();
  expect(told).toEqual([event.id]);
  const [last] = await database.query<{ last_seq: string }>(`select last_seq from relay_state`);
  expect(await cursorOf(database, 'bus')).toBe(last!.last_seq);
  expect(await cursorOf(database, 'jetstream')).toBe('0');
});

it('leaves the rest of a backlog to the next where a stop has waited long enough', async () => {
  const database = await open(postgresUrl);
  const told: string[] = [];
  const collecting = collectingSink(told);
  const slow: AlertSink = {
    ...collecting,
    publish: async (alerts, order, signal) => {
      if (signal?.aborted === false) await once(signal, 'abort');
      await collecting.publish(alerts, order);
    },
  };
  const leader = campaign(database, [slow]);
  expect(await leading(leader)).toBe(true);
  const events = Array.from({ length: GROUP_MAX + 2 }, (_, position) => detection('backlog', position));
  await new EventStore(database, new Partitions(database)).store([batch('backlog', events)]);
  await leader.stop();
  expect(told).toHaveLength(GROUP_MAX);
  campaign(database, [collecting]);
  await waitUntil(() => told.length > GROUP_MAX, { timeoutMs: 20_000, what: 'the next leader' });
  expect(told).toEqual(events.map(({ id }) => id));
});

it('gives its connection back as the others of the pool are', async () => {
  const database = await openDatabase(postgresUrl, { poolMax: 1 });
  releases.push(() => database.close());
  const settings = () =>
    database.query(`select name, setting from pg_settings where name in (
      'idle_session_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'synchronous_commit') order by name`);
  const before = await settings();
  const told: string[] = [];
  const leader = campaign(database, [collectingSink(told)]);
  const other = await open(postgresUrl);
  await new EventStore(other, new Partitions(other)).store([batch('given back', [detection('given back', 0)])]);
  await waitUntil(() => told.length > 0, { timeoutMs: 20_000, what: 'the alert' });
  await leader.stop();
  expect(await settings()).toEqual(before);
});

it.each<[string, AlertSink['publish']]>([
  ['refuses', () => Promise.reject(new Error('away'))],
  ['does not answer', (_alerts, _order, signal) => once(signal!, 'abort').then(() => signal!.throwIfAborted())],
])('tells nothing more in an order that it leads no longer, also while a sink %s', async (what, publish) => {
  const database = await open(postgresUrl);
  const orders = new Set<AlertOrder>();
  const sink: AlertSink = {
    name: 'bus',
    publish: (alerts, order, signal) => {
      orders.add(order);
      return publish(alerts, order, signal);
    },
    close: async () => undefined,
  };
  campaign(database, [sink]);
  await new EventStore(database, new Partitions(database)).store([batch(what, [detection(what, 0)])]);
  await waitUntil(() => orders.size === 1, { timeoutMs: 20_000, what: 'the alert' });
  await database.query(
    `select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
     where d.datname = current_database() and l.locktype = 'advisory' and l.granted`,
  );
  const isToldAnew = () => orders.size === 2;
  expect(await waitUntil(isToldAnew, { timeoutMs: 20_000, what: 'the alert, told by whoever leads now' })).toBe(true);
});

it('says why it leads no longer, and leads again once that is mended', async () => {
  const database = await open(postgresUrl);
  const told: string[] = [];
  let said = '';
  const log = createLogger('test', 'warn', { write: (record) => void (said += record) });
  const only = campaign(database, [collectingSink(told)], undefined, log);
  expect(await leading(only)).toBe(true);
  await database.query('alter table relay_state rename to relay_state_away');
  try {
    await new EventStore(database, new Partitions(database)).store([batch('why', [detection('why', 0)])]);
    const why = 'relation \\"relay_state\\" does not exist';
    expect(await waitUntil(() => said.includes(why), { timeoutMs: 20_000, what: 'the reason' })).toBe(true);
  } finally {
    await database.query('alter table relay_state_away rename to relay_state');
  }
  await waitUntil(() => told.length === 1, { timeoutMs: 20_000, what: 'the alert' });
});

it('notes how far a sink has got while it rests, so that little is told again if the process dies', async () => {
  const database = await open(postgresUrl);
  const told: string[] = [];
  const resting: AlertSink = { ...collectingSink(told), restMs: () => (told.length > GROUP_MAX ? 600_000 : 0) };
  campaign(database, [resting]);
  const events = Array.from({ length: GROUP_MAX + 1 }, (_, position) => detection('noted', position));
  await new EventStore(database, new Partitions(database)).store([batch('noted', events)]);
  const isNoted = async (): Promise<boolean> => {
    const [last] = await database.query<{ last_seq: string }>(`select last_seq from relay_state`);
    return told.length > GROUP_MAX && (await cursorOf(database, 'bus')) === last!.last_seq;
  };
  expect(await waitUntil(isNoted, { timeoutMs: 20_000, what: 'the cursor' })).toBe(true);
});

it('leads and tells again after its connection has vanished and nobody said so', async () => {
  const proxy = await startFreezableProxy(postgresUrl);
  const told: string[] = [];
  const only = campaign(await open(proxy.url), [collectingSink(told)], SHORT_SILENCE_MS);
  releases.push(() => proxy.close());
  expect(await leading(only)).toBe(true);
  proxy.freeze();
  proxy.thaw();
  const event = detection('vanished', 0);
  const database = await open(postgresUrl);
  await new EventStore(database, new Partitions(database)).store([batch('vanished', [event])]);
  await waitUntil(() => told.includes(event.id), { timeoutMs: 20_000, what: 'the alert' });
  expect(await leading(only)).toBe(true);
});

it('begins a sink that wants it with what comes from now on', async () => {
  const database = await open(postgresUrl);
  const store = new EventStore(database, new Partitions(database));
  const [all, fromNowOn]: [string[], string[]] = [[], []];
  const earlier = detection('earlier', 0);
  await store.store([batch('earlier', [earlier])]);
  const first = campaign(database, [collectingSink(all)]);
  await waitUntil(() => all.includes(earlier.id), { timeoutMs: 20_000, what: 'the earlier alert' });
  await first.stop();
  const startsAtEnd: AlertSink = { ...collectingSink(fromNowOn), name: 'webhook', startsAtEnd: true };
  const later = detection('later', 0);
  await store.store([batch('later', [later])]);
  campaign(database, [startsAtEnd]);
  await waitUntil(() => fromNowOn.length > 0, { timeoutMs: 20_000, what: 'the later alert' });
  expect(fromNowOn).toEqual([later.id]);
});

it('lets alerts gather while a sink rests, tells the rest before it stops, and nothing that a sink told further', async () => {
  const database = await open(postgresUrl);
  const told: string[] = [];
  const resting: AlertSink = {
    name: 'webhook',
    publish: async (alerts, order) => {
      const more = await order.read(alerts.at(-1)!.seq);
      told.push(...[...alerts, ...more.alerts].map(({ id }) => id));
      return more.lastSeq;
    },
    restMs: () => 60_000,
    close: async () => undefined,
  };
  const leader = campaign(database, [resting]);
  expect(await leading(leader)).toBe(true);
  const store = new EventStore(database, new Partitions(database));
  // More than are read at once.
  const events = Array.from({ length: GROUP_MAX + 200 }, (_, position) => detection('gathered', position));
  await store.store([batch('gathered', events)]);
  const assigned = async (): Promise<boolean> => (await unassigned(database)) === 0;
  await waitUntil(assigned, { timeoutMs: 20_000, what: 'all have their seq' });
  expect(told).toEqual([]);
  await leader.stop();
  expect(told).toEqual(events.map(({ id }) => id));
  expect(await leader.counted('published', 'webhook')).toBe(events.length);
  const [last] = await database.query<{ last_seq: string }>(`select last_seq from relay_state`);
  expect(await cursorOf(database, 'webhook')).toBe(last!.last_seq);
});

async function cursorOf(database: Database, sink: string): Promise<string | undefined> {
  const rows = await database.query<{ published_seq: string }>(
    `select published_seq from relay_cursors where sink = $1`,
    [sink],
  );
  return rows[0]?.published_seq;
}

async function unassigned(database: Database): Promise<number> {
  const rows = await database.query<{ count: string }>(`select count(*) from outbox`);
  return Number(rows[0]!.count);
}
