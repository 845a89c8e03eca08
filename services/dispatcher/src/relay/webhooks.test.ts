import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { Registry } from '@vigil/shared/metrics/metrics';
import { openDatabase, type Database } from '@vigil/shared/storage/database';
import { applySizeBound } from '@vigil/shared/storage/retention/retention';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { registerDatabaseGauges } from '../gauges.ts';
import { DispatcherMetrics } from '../metrics.ts';
import { configuredSinks } from '../sinks/outputs.ts';
import { EventStore } from '../storing/event-store.ts';
import { Partitions } from '../storing/partitions.ts';
import { batch, detection } from '../testing/scored-batch.ts';
import { RelayLeader } from './relay-leader.ts';

/** However busy the machine is, nobody is taken for silent: another leader would tell some of it again. */
const PATIENCE_MS = 600_000;
const releases: (() => unknown)[] = [];
let database: Database;

beforeEach(async () => {
  const { postgresUrl } = await testServices(['postgres']);
  await (await openTestDatabase()).close();
  database = await openDatabase(postgresUrl);
  await database.query('truncate outbox, alerts, relay_cursors');
});
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
  await database.close();
});

type Mood = 'takes' | 'refuses' | 'is silent';
type Body = { text: string } | { data: { alerts: { seq: number; id: string }[] } };

/** What somebody behind a URL has taken, while it takes what it is sent. */
async function receiver(mood: Mood = 'takes') {
  const state = { mood, asked: 0, taken: [] as Body[] };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await json(request)) as Body;
    state.asked += 1;
    if (state.mood === 'is silent') return;
    if (state.mood === 'takes') state.taken.push(body);
    response.writeHead(state.mood === 'takes' ? 204 : 503).end();
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.push(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const ids = () => state.taken.flatMap((body) => ('data' in body ? body.data.alerts.map(({ id }) => id) : []));
  /** Numbers of HIGH alerts that the summaries tell of, in turn. */
  const summedUp = () => state.taken.map((body) => ('text' in body ? Number(/(\d+) HIGH/.exec(body.text)?.[1]) : NaN));
  return { state, url, ids, summedUp };
}

/** Tells as a dispatcher with these variables does, until it is stopped. */
async function start(env: Record<string, string>) {
  const { postgresUrl } = await testServices(['postgres']);
  const sinks = configuredSinks(readConfig({ DATABASE_URL: postgresUrl, REDIS_URL: 'redis://unused', ...env }));
  const stopping = new AbortController();
  const registry = new Registry();
  const metrics = new DispatcherMetrics(registry);
  registerDatabaseGauges(registry, database, sinks);
  const leader = new RelayLeader({
    database,
    sinks,
    metrics,
    log: testLogger(),
    signal: stopping.signal,
    silenceMaxMs: PATIENCE_MS,
  });
  leader.start();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await leader.stopped();
  };
  releases.push(stop);
  const leads = async () => (await metrics.relayLeader.get()).values[0]?.value === 1;
  await waitUntil(leads, { timeoutMs: 20_000, what: 'leading' });
  for (const { name } of sinks)
    await waitUntil(async () => (await cursors())[name] !== undefined, {
      timeoutMs: 20_000,
      what: `cursor of ${name}`,
    });
  const lag = async (sink: string) => {
    await registry.metrics();
    const { values } = await registry.getSingleMetric('vigil_outbox_lag_alerts')!.get();
    return values.find(({ labels }) => labels['sink'] === sink)?.value;
  };
  return { stop, lag, names: sinks.map(({ name }) => name) };
}

async function cursors(): Promise<Record<string, string>> {
  const rows = await database.query<{ sink: string; published_seq: string }>(`select * from relay_cursors`);
  return Object.fromEntries(rows.map(({ sink, published_seq }) => [sink, published_seq]));
}

/** As many HIGH events and as many MEDIUM ones, which a webhook may leave out. */
async function store(source: string, pairs: number): Promise<string[]> {
  const events = Array.from({ length: 2 * pairs }, (_, position) =>
    detection(source, position, { severity: position % 2 === 0 ? 'HIGH' : 'MEDIUM' }),
  );
  await new EventStore(database, new Partitions(database)).store([batch(source, events)]);
  return events.map(({ id }) => id);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const until = (what: string, isSo: () => boolean | Promise<boolean>) => waitUntil(isSo, { timeoutMs: 30_000, what });

const chatAt = (url: string) => ({
  WEBHOOK_CHAT_URL: url,
  WEBHOOK_CHAT_FORMAT: 'text',
  WEBHOOK_CHAT_SEVERITY_MIN: 'HIGH',
  WEBHOOK_CHAT_INTERVAL_MS: '0',
});

it('tells each webhook its own, once and in order, and none later for another that is away, also over a restart', async () => {
  const [plain, chat, siem] = [await receiver(), await receiver(), await receiver('is silent')];
  const env = { WEBHOOK_URL: plain.url, WEBHOOKS: 'chat,siem', ...chatAt(chat.url), WEBHOOK_SIEM_URL: siem.url };
  const first = await start(env);
  const ids = await store('silent', 150);
  await until('the chat', () => sum(chat.summedUp()) === 150);
  await until('the one without a name', () => plain.ids().length === 300);
  await until('the one that is silent to be asked', () => siem.state.asked > 0);
  expect(await first.lag('webhook:siem')).toBe(300);
  await until('the noted chat', async () => (await first.lag('webhook:chat')) === 0);
  await first.stop();

  siem.state.mood = 'refuses';
  const second = await start(env);
  ids.push(...(await store('refused', 50)));
  await until('the chat again', () => sum(chat.summedUp()) === 200);
  await until('the one without a name again', () => plain.ids().length === 400);
  expect(siem.state.taken).toEqual([]);

  siem.state.mood = 'takes';
  ids.push(...(await store('taken', 10)));
  await until('the one that was away', () => siem.ids().length >= ids.length);
  await until('all to be noted', async () => new Set(Object.values(await cursors())).size === 1);
  await second.stop();
  expect(siem.ids()).toEqual(ids);
  expect(plain.ids()).toEqual(ids);
  expect(sum(chat.summedUp())).toBe(210);
});

it('forgets no alert of a webhook that is away, and waits for none that was taken out', async () => {
  const [chat, siem] = [await receiver(), await receiver('refuses')];
  const both = { WEBHOOKS: 'chat,siem', ...chatAt(chat.url), WEBHOOK_SIEM_URL: siem.url };
  const first = await start(both);
  await store('kept', 3);
  await until('the chat', () => sum(chat.summedUp()) === 3);
  await until('the refusal', () => siem.state.asked > 0);
  // All of it is of 2 March 2026; an hour of today keeps that day from being the newest.
  const dropped = async (sinks: readonly string[]) => (await applySizeBound(database, { bytesMax: 0, sinks }))!;
  await new EventStore(database, new Partitions(database)).store([
    batch('today', [detection('today', 0, { timestampMs: Date.now() })]),
  ]);
  await until('the chat of today', () => sum(chat.summedUp()) === 4);
  await until('the noted chat', async () => (await first.lag('webhook:chat')) === 0);
  expect(await dropped(first.names)).toMatchObject({ droppedDays: [], untoldDays: ['2026-03-02'] });
  await first.stop();

  const { WEBHOOK_SIEM_URL: _, ...rest } = both;
  const alone = await start({ ...rest, WEBHOOKS: 'chat' });
  expect(await dropped(alone.names)).toMatchObject({ droppedDays: ['2026-03-02'], untoldDays: [] });
  expect(await alone.lag('webhook:siem')).toBeUndefined();
  await alone.stop();

  // Put back, it goes on with what is still kept.
  siem.state.mood = 'takes';
  await start(both);
  const ids = await store('back', 2);
  await until('the one that was put back', () => siem.ids().length >= 1 + ids.length);
  expect(siem.ids().slice(1)).toEqual(ids);
  expect(sum(chat.summedUp())).toBe(6);
});
