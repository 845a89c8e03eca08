import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Alert } from '@vigil/shared/contracts';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { lineId } from '@vigil/shared/lines/ids';
import { Registry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { connectRedis } from '@vigil/shared/redis/connect-redis';
import { openDatabase, type Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createJetStreamSink } from './sinks/jetstream-sink.ts';
import { startDispatcher } from './service.ts';
import { EventStore } from './storing/event-store.ts';
import { Partitions } from './storing/partitions.ts';
import { batch, detection } from './testing/scored-batch.ts';

const log = testLogger();

let database: Database;
let urls: { postgresUrl: string; redisUrl: string; natsUrl: string };
let lifecycle: Lifecycle;

beforeAll(async () => {
  urls = await testServices(['postgres', 'redis', 'nats']);
  database = await openTestDatabase();
});
afterEach(() => lifecycle.stop('test'));
afterAll(() => database.close());

/** A dispatcher of its own, and what it told. */
function start(
  prefix: string,
  bus: AlertBus = createMemoryAlertBus(),
  jetstream = false,
  through = database,
): { queue: QueueBackend; told: Alert[]; readiness: Readiness; registry: Registry } {
  lifecycle = new Lifecycle(log, 5_000);
  const queue = createRedisQueueBackend(urls.redisUrl, { prefix });
  lifecycle.onStop('connections', 'queue', () => queue.close());
  const told: Alert[] = [];
  void bus.subscribe({ onAlerts: (alerts) => void told.push(...alerts) });
  const sinks = jetstream
    ? [createJetStreamSink({ url: urls.natsUrl, stream: 'VIGIL_ALERTS', maxAgeHours: 1, replicas: 1 })]
    : [];
  const registry = new Registry();
  const readiness = new Readiness();
  startDispatcher({
    concurrency: 4,
    retentionDays: 0,
    eventsGbMax: 0.5,
    database: through,
    queue,
    bus,
    sinks,
    registry,
    readiness,
    lifecycle,
    log,
  });
  return { queue, told, readiness, registry };
}

async function outcomes(source: string): Promise<Record<string, number>> {
  const rows = await database.query<{ outcome: string; lines: string }>(
    `select outcome, lines from line_tallies where source = $1`,
    [source],
  );
  return Object.fromEntries(rows.map((row) => [row.outcome, Number(row.lines)]));
}

describe('the dispatcher', () => {
  it('is not ready before the schema is up to date, and names what is missing', async () => {
    const { readiness } = start('migrations');
    const says = (reason: string | undefined) =>
      waitUntil(
        async () =>
          (await readiness.ready()).checks.some((check) => check.name === 'migrations' && check.reason === reason),
        { timeoutMs: 20_000, what: `the check to say ${reason}` },
      );
    await says(undefined);
    const [newest] = await database.query<{ name: string }>(
      `delete from migrations where id = (select max(id) from migrations) returning name`,
    );
    try {
      await says(`run "vigil migrate": ${newest!.name} pending`);
    } finally {
      await database.query('insert into migrations (name) values ($1)', [newest!.name]);
    }
    await expect(says(undefined)).resolves.toBe(true);
  });

  it('says in bytes what events may take', async () => {
    const { registry } = start('bound');
    const most = await registry.getSingleMetricAsString('vigil_events_bytes_max');
    expect(most.match(/^vigil.*$/gm)).toEqual(['vigil_events_bytes_max 500000000']);
  });

  it('stores each event once and tells it once, however often its batch comes', async () => {
    const { queue, told, registry } = start('once');
    const sourceIp = '203.0.113.8';
    const events = [
      detection('once', 0, { sourceIp }),
      detection('once', 1, { sourceIp, severity: 'MEDIUM', score: 0.6 }),
      detection('once', 2, { sourceIp }),
    ];
    const scored = queue.producer('scored');
    await scored.addAll([{ id: 'j1', data: batch('once', events) }]);
    await waitUntil(() => told.length === 3, { timeoutMs: 20_000, what: 'three alerts' });
    await scored.addAll([
      { id: 'j2', data: batch('once', events) },
      { id: 'j3', data: batch('once', [detection('once', 3, { sourceIp })]) },
    ]);
    await waitUntil(() => told.length === 4, { timeoutMs: 20_000, what: 'the fourth alert' });
    const ages = (): Promise<string> => registry.getSingleMetricAsString('vigil_batch_age_seconds');
    const isCounted = async () => (await ages()).includes('vigil_batch_age_seconds_count 3');
    await waitUntil(isCounted, { timeoutMs: 20_000, what: 'the age of each batch' });
    // They were read on a day long ago.
    expect(await ages()).toContain('le="60"} 0');
    const counted = await registry.getSingleMetricAsString('vigil_events_stored_total');
    expect(counted.match(/^vigil.*$/gm)).toEqual([
      'vigil_events_stored_total{severity="HIGH"} 3',
      'vigil_events_stored_total{severity="MEDIUM"} 1',
    ]);

    expect(told.map((alert) => alert.id)).toEqual([0, 1, 2, 3].map((position) => lineId('once', 'f', position)));
    const seqs = told.map((alert) => alert.seq);
    expect(seqs).toEqual(seqs.map((_seq, index) => seqs[0]! + index));
    expect(told[0]).toMatchObject({
      event: 'threat',
      severity: 'HIGH',
      matched_rules: ['a "quoted" \\ rule'],
      classes: ['SQL_INJECTION'],
    });
    expect(await outcomes('once')).toEqual({
      'scored:LOW': 20,
      'scored:HIGH': 3,
      'scored:MEDIUM': 1,
      'rejected:unparsable': 4,
    });
    const tallies = await database.query(
      `select events from source_tallies where source_ip = '${sourceIp}' and events::int = 4`,
    );
    expect(tallies).toHaveLength(1);
  });

  it('takes as many batches at once as it may when it has seen that they are small', async () => {
    const { queue, told } = start('at-hand');
    const scored = queue.producer('scored');
    const small = (index: number) => ({ id: `h${index}`, data: batch('at-hand', [detection('at-hand', index)]) });
    await scored.addAll([small(0)]);
    await waitUntil(() => told.length === 1, { timeoutMs: 20_000, what: 'the first alert' });
    await database.transactional(async (em) => {
      await database.query('lock table batches in access exclusive mode', [], em);
      await scored.addAll([1, 2, 3, 4, 5, 6, 7, 8].map(small));
      const active = async () => (await queue.depth('scored')).active === 4;
      await waitUntil(active, { timeoutMs: 20_000, what: 'four batches at hand' });
    });
    await waitUntil(() => told.length === 9, { timeoutMs: 20_000, what: 'all alerts' });
    expect(await outcomes('at-hand')).toMatchObject({ 'scored:HIGH': 9 });
    await lifecycle.stop('test');
  });

  it('stores each event once and tells it when its connections have vanished and nobody said so', async () => {
    const proxy = await startFreezableProxy(urls.postgresUrl);
    const through = await openDatabase(proxy.url, { answerMaxMs: 3_000 });
    try {
      const { queue, told } = start('vanished', createMemoryAlertBus(), false, through);
      const scored = queue.producer('scored');
      await scored.addAll([{ id: 'v1', data: batch('vanished', [detection('vanished', 0)]) }]);
      await waitUntil(() => told.length === 1, { timeoutMs: 20_000, what: 'the first alert' });
      proxy.freeze();
      proxy.thaw();
      await scored.addAll([{ id: 'v2', data: batch('vanished', [detection('vanished', 1)]) }]);
      const [first, second] = [0, 1].map((position) => lineId('vanished', 'f', position));
      await waitUntil(() => told.some(({ id }) => id === second), { timeoutMs: 40_000, what: 'the second alert' });
      // How far the gateways were told may have been on its way when the connection went: they know repeats by `seq`.
      expect([...new Map(told.map(({ seq, id }) => [seq, id])).values()]).toEqual([first, second]);
      expect(await outcomes('vanished')).toEqual({ 'scored:LOW': 20, 'scored:HIGH': 2, 'rejected:unparsable': 4 });
    } finally {
      // A pool closes when all that use it have stopped.
      await lifecycle.stop('test');
      await through.close();
      await proxy.close();
    }
  });

  it('stores what comes for a day that retention has taken away since', async () => {
    const { queue, told } = start('taken-away');
    const scored = queue.producer('scored');
    const timestampMs = Date.parse('2025-06-01T12:00:00Z');
    const store = (position: number): Promise<void> =>
      scored.addAll([
        { id: `d${position}`, data: batch('taken-away', [detection('taken-away', position, { timestampMs })]) },
      ]);
    await store(0);
    await waitUntil(() => told.length === 1, { timeoutMs: 20_000, what: 'the first alert' });
    await database.query(
      `drop table events_20250601; delete from alerts where event_timestamp = '2025-06-01T12:00:00Z'`,
    );
    await store(1);
    await waitUntil(() => told.length === 2, { timeoutMs: 20_000, what: 'the second alert' });
    expect(await outcomes('taken-away')).toMatchObject({ 'scored:HIGH': 2 });
  });

  it('dead-letters the one event that PostgreSQL refuses and stores the others', async () => {
    const { queue, told } = start('poison');
    const events = [0, 1, 2, 3, 4].map((position) => detection('poison', position));
    events[3] = detection('poison', 3, { line: 'a \0 b' });
    await queue.producer('scored').addAll([{ id: 'p1', data: { ...batch('poison', events), format: 'iis' } }]);
    await waitUntil(() => told.length === 4, { timeoutMs: 20_000, what: 'four alerts' });

    const dead = await database.query<{ id: string; payload: string; format: string; reason: string }>(
      `select id, payload, format, reason from dead_letters where source = 'poison'`,
    );
    expect(dead).toEqual([
      {
        id: lineId('poison', 'f', 3),
        payload: 'a \u2400 b',
        format: 'iis',
        reason: expect.stringContaining('The event cannot be stored'),
      },
    ]);
    expect(await outcomes('poison')).toEqual({
      'scored:LOW': 10,
      'scored:HIGH': 4,
      'rejected:unparsable': 2,
      dead_lettered: 1,
    });
  });

  it('dead-letters jobs of a version that it does not know and batches that do not add up, and goes on', async () => {
    const { queue, told } = start('unknown');
    await queue.producer('scored').addAll([
      { id: 'u1', data: { v: 0, hello: 'from the past' } as never },
      { id: 'u2', data: { ...batch('unknown', [detection('unknown', 0)]), linesRead: 7 } },
      { id: 'u3', data: batch('unknown', [detection('unknown', 1)]) },
    ]);
    await waitUntil(() => told.length === 1, { timeoutMs: 20_000, what: 'the alert' });
    const deadJobs = () =>
      database.query<{ id: string; reason: string }>(
        `select id, reason from dead_letters where kind = 'job' and source = 'scored' order by id`,
      );
    await waitUntil(async () => (await deadJobs()).length === 2, { timeoutMs: 20_000, what: 'two dead jobs' });
    expect(await deadJobs()).toEqual([
      { id: 'scored/u1', reason: 'contract version 0; this release knows 1' },
      { id: 'scored/u2', reason: 'read 7 lines but accounts for 13' },
    ]);
  });

  it('leaves a job of a later release in the queue for a dispatcher of that release', async () => {
    const { queue, told } = start('later');
    await queue.producer('scored').addAll([
      { id: 'later1', data: { ...batch('later', [detection('later', 0)]), v: 2 } as never },
      { id: 'later2', data: batch('later', [detection('later', 1)]) },
    ]);
    await waitUntil(() => told.length === 1, { timeoutMs: 20_000, what: 'the alert' });
    await waitUntil(async () => (await queue.depth('scored')).delayed === 1, { timeoutMs: 20_000, what: 'the job' });
    expect(await database.query(`select 1 from dead_letters where id = 'scored/later1'`)).toEqual([]);
  });

  it('dead-letters a batch whole, and stores none of it, that has stopped more than ten dispatchers', async () => {
    const stopped = batch('stopped', [detection('stopped', 0)]);
    const ahead = createRedisQueueBackend(urls.redisUrl, { prefix: 'stopped' });
    await ahead.producer('scored').addAll([{ id: 'st1', data: stopped }]);
    await ahead.close();
    const redis = connectRedis(urls.redisUrl);
    // As BullMQ counts it whenever a lock ran out.
    await redis.hset('stopped:scored:st1', 'stc', 11);
    redis.disconnect();
    const { told } = start('stopped');
    await waitUntil(async () => (await outcomes('stopped'))['dead_lettered'] === stopped.linesRead, {
      timeoutMs: 20_000,
      what: 'the lines of the batch',
    });
    expect(await database.query(`select reason from dead_letters where id = 'scored/st1'`)).toEqual([
      { reason: '11 workers died or hung with this job in their hands' },
    ]);
    expect(told).toEqual([]);
  });

  it('dead-letters no batch that was stored before it stopped its dispatchers', async () => {
    const ahead = createRedisQueueBackend(urls.redisUrl, { prefix: 'stored' });
    const stored = batch('stored', [detection('stored', 0)]);
    await new EventStore(database, new Partitions(database)).store([stored]);
    await ahead.producer('scored').addAll([{ id: 'so1', data: stored }]);
    const redis = connectRedis(urls.redisUrl);
    await redis.hset('stored:scored:so1', 'stc', 11);
    redis.disconnect();
    start('stored');
    const isTaken = async (): Promise<boolean> => {
      const { waiting, active, delayed } = await ahead.depth('scored');
      return waiting + active + delayed === 0;
    };
    await waitUntil(isTaken, { timeoutMs: 20_000, what: 'the job to be taken' });
    await ahead.close();
    expect(await database.query(`select 1 from dead_letters where id = 'scored/so1'`)).toEqual([]);
    expect(await outcomes('stored')).toEqual({ 'scored:LOW': 10, 'scored:HIGH': 1, 'rejected:unparsable': 2 });
  });

  it('keeps a job that the scorer could not read, and counts its lines', async () => {
    const { queue } = start('dead-job');
    const job = { id: 'lines/lb-x', lines: 7, payload: '{"v":99}', reason: 'contract version 99', stack: '' };
    const whole = { ...batch('dead-job', []), linesRead: 19, deadJobs: [job] };
    await queue.producer('scored').addAll([{ id: 'dj1', data: whole }]);
    await waitUntil(async () => (await outcomes('dead-job'))['dead_lettered'] === 7, {
      timeoutMs: 20_000,
      what: 'the lines of the dead job',
    });
    expect(
      await database.query(`select kind, source, payload, reason from dead_letters where id = 'lines/lb-x'`),
    ).toEqual([{ kind: 'job', source: 'lines', payload: '{"v":99}', reason: 'contract version 99' }]);
  });

  it('tells JetStream each alert once, although the bus was away and the relay started again', async () => {
    let broken = true;
    const inner = createMemoryAlertBus();
    const bus: AlertBus = {
      ...inner,
      publish: async (alerts) => {
        if (broken) throw new Error('the bus is away');
        await inner.publish(alerts);
      },
    };
    const connection = await connect({ servers: urls.natsUrl });
    const manager = await jetstreamManager(connection);
    const inStream = async () =>
      (await manager.streams.info('VIGIL_ALERTS').catch(() => undefined))?.state.messages ?? 0;

    const first = start('jets', bus, true);
    const events = Array.from({ length: 50 }, (_value, position) => detection('jets', position));
    await first.queue.producer('scored').addAll([{ id: 'e1', data: batch('jets', events) }]);
    // What earlier tests told goes to the stream as well: its cursor starts at the beginning.
    const expected = async () =>
      Number((await database.query<{ n: string }>(`select count(*) as n from alerts`))[0]!.n);
    await waitUntil(async () => (await database.query(`select 1 from events where source = 'jets'`)).length === 50, {
      timeoutMs: 20_000,
      what: '50 stored events',
    });
    await waitUntil(async () => (await inStream()) === (await expected()), {
      timeoutMs: 20_000,
      what: '50 alerts in the stream',
    });
    expect(first.told).toEqual([]);
    await lifecycle.stop('restart');

    // As if the process had died before it noted how far JetStream had got.
    await database.query(`update relay_cursors set published_seq = 0 where sink = 'jetstream'`);
    broken = false;
    const second = start('jets', bus, true);
    await waitUntil(() => second.told.filter((alert) => alert.source === 'jets').length === 50, {
      timeoutMs: 20_000,
      what: 'the alerts at the second dispatcher',
    });
    await waitUntil(
      async () =>
        (
          await database.query(
            `select 1 from relay_cursors c, relay_state s where sink = 'jetstream' and published_seq = last_seq`,
          )
        ).length === 1,
      { timeoutMs: 20_000, what: 'the stream as long as expected' },
    );
    expect(await inStream()).toBe(await expected());
    await connection.close();
  });

  it('passes the trace of a batch on to everyone who is told', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { queue, told } = start('traced', createMemoryAlertBus(), true);
    const traced = { ...batch('traced', [detection('traced', 0)]), traceparent };
    await queue.producer('scored').addAll([{ id: 't1', data: traced }]);
    await waitUntil(() => told.some((alert) => alert.source === 'traced'), {
      timeoutMs: 20_000,
      what: 'the traced alert',
    });
    expect(told.find((alert) => alert.source === 'traced')?.traceparent).toBe(traceparent);
    const connection = await connect({ servers: urls.natsUrl.replace('nats://', '') });
    try {
      const manager = await jetstreamManager(connection);
      const stored = () =>
        manager.streams.getMessage('VIGIL_ALERTS', { last_by_subj: 'vigil.alerts.high' }).catch(() => undefined);
      await waitUntil(async () => (await stored())?.header.get('traceparent') === traceparent, {
        timeoutMs: 20_000,
        what: 'the traced message',
      });
    } finally {
      await connection.close();
    }
  });
});
