import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, nanos, type NatsConnection } from '@nats-io/transport-node';
import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { startNats } from '@vigil/dev-services/nats';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import type { Alert } from '@vigil/shared/contracts';
import { retry } from '@vigil/shared/lifecycle/retry';
import { testAlert } from '@vigil/shared/testing/alert';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AlertSink } from './alert-sink.ts';
import { createJetStreamSink } from './jetstream-sink.ts';
import { alertOrder } from '../testing/alert-order.ts';

const STREAM = 'SINK_TEST';
/** Of a message in the test's stream; an ordinary alert has half of it. */
const MESSAGE_BYTES_MAX = 1_000;

let connection: NatsConnection;
let manager: JetStreamManager;
let natsUrl: string;
const sinks: AlertSink[] = [];

beforeEach(async () => {
  ({ natsUrl } = await testServices(['nats']));
  connection = await connect({ servers: natsUrl });
  manager = await jetstreamManager(connection);
  await manager.streams.add({ name: STREAM, subjects: ['vigil.alerts.*'], max_msg_size: MESSAGE_BYTES_MAX });
});
afterEach(async () => {
  for (const opened of sinks.splice(0)) await opened.close();
  await manager.streams.delete(STREAM);
  await connection.close();
});

function sink(): AlertSink {
  const made = createJetStreamSink({ url: natsUrl, stream: STREAM, maxAgeHours: 1, replicas: 1 });
  sinks.push(made);
  return made;
}

const alert = (seq: number, path = '/'): Alert => testAlert({ id: randomUUID(), seq, request_path: path });

async function publish(subject: string, message: { payload: string; vigilSeq?: string }): Promise<void> {
  const given = headers();
  if (message.vigilSeq !== undefined) given.set('Vigil-Seq', message.vigilSeq);
  await manager.jetstream().publish(subject, message.payload, { headers: given });
}

async function seqsInStream(): Promise<number[]> {
  const { state } = await manager.streams.info(STREAM);
  const seqs: number[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1)
    seqs.push((await manager.streams.getMessage(STREAM, { seq }))!.json<Alert>().seq);
  return seqs;
}

it('keeps back what follows an alert that JetStream refuses, so that none is left out', async () => {
  const jetstream = sink();
  const alerts = [alert(1), alert(2), alert(3, `/${'x'.repeat(MESSAGE_BYTES_MAX)}`), alert(4), alert(5)];
  await expect(jetstream.publish(alerts, alertOrder([], 6))).rejects.toThrow(/size/);
  expect(await seqsInStream()).toEqual([1, 2]);
  await manager.streams.update(STREAM, { max_msg_size: -1 });
  await jetstream.publish(alerts, alertOrder([], 6));
  await jetstream.publish([alert(6)], alertOrder([], 6));
  expect(await seqsInStream()).toEqual([1, 2, 3, 4, 5, 6]);
});

it('adds nothing for a relay that woke up after another one had taken over', async () => {
  const stale = sink();
  const own = alertOrder([], 6);
  await stale.publish([alert(1)], own);
  // A group of which retention has removed all.
  await stale.publish([], own);
  await sink().publish([alert(2), alert(3), alert(4)], alertOrder([], 6));
  // Other ids, as if it had slept for longer than JetStream remembers them.
  for (const again of [[alert(2)], [alert(3), alert(4)]]) await stale.publish(again, own);
  expect(await seqsInStream()).toEqual([1, 2, 3, 4]);
});

it.each([
  { where: 'among others', groups: [[2, 3, 4], [5]] },
  {
    where: 'last',
    groups: [
      [2, 3],
      [4, 5],
    ],
  },
  { where: 'alone', groups: [[2], [3], [4, 5]] },
])('goes on behind an alert that has the id of an earlier one, $where', async ({ groups }) => {
  const jetstream = sink();
  const alerts = [1, 2, 3, 4, 5].map((seq) => alert(seq));
  // Whoever pushes other lines under the `batch_id` of earlier ones makes such.
  alerts[2]!.id = alerts[0]!.id;
  const own = alertOrder(alerts, 5);
  await jetstream.publish(alerts.slice(0, 1), own);
  for (const group of groups)
    await jetstream.publish(
      alerts.filter(({ seq }) => group.includes(seq)),
      own,
    );
  expect(await seqsInStream()).toEqual([1, 2, 4, 5]);
});

it('leaves nothing out silently where PostgreSQL was taken back in time', async () => {
  const told = [1, 2, 3, 4, 5].map((seq) => alert(seq));
  const jetstream = sink();
  await jetstream.publish(told, alertOrder(told, 5));
  // Taken back to 2, which gives 3 and 4 anew, and then as many as there were.
  const anew = [3, 4, 5, 6].map((seq) => alert(seq));
  const isAhead = /does not have under its seq 5.*purge/;
  for (const [lastSeq, held] of [
    [4, anew.slice(0, 2)],
    [6, anew],
  ] as const) {
    // By one that leads anew, and by one that never was away.
    for (const restored of [sink(), jetstream])
      await expect(restored.publish(held, alertOrder(held, lastSeq))).rejects.toThrow(isAhead);
  }
  await manager.streams.purge(STREAM);
  await jetstream.publish(anew, alertOrder(anew, 6));
  expect(await seqsInStream()).toEqual([3, 4, 5, 6]);
});

it('goes on behind alerts that retention has removed, told or not', async () => {
  await sink().publish([alert(1), alert(2)], alertOrder([], 2));
  await sink().publish([alert(2)], alertOrder([], 2));
  await sink().publish([alert(5)], alertOrder([], 5));
  expect(await seqsInStream()).toEqual([1, 2, 5]);
});

it('asks again after a failure where the stream ends, however long ago that was', async () => {
  const jetstream = sink();
  const own = alertOrder([], 2);
  const tooLong = alert(1, `/${'x'.repeat(MESSAGE_BYTES_MAX)}`);
  await expect(jetstream.publish([tooLong], own)).rejects.toThrow(/size/);
  // As if it had arrived all the same, so long ago that JetStream does not know its id any more.
  await publish('vigil.alerts.high', { payload: '{"seq":1}', vigilSeq: '1' });
  await jetstream.publish([alert(1), alert(2)], own);
  expect(await seqsInStream()).toEqual([1, 2]);
});

it('fills no stream again that somebody has emptied', async () => {
  await sink().publish([alert(1), alert(2)], alertOrder([], 2));
  await manager.streams.purge(STREAM);
  // Other ids, as if JetStream did not remember those that were in it.
  const kept = [1, 2, 3].map((seq) => alert(seq));
  await sink().publish(kept.slice(2), alertOrder(kept));
  expect(await seqsInStream()).toEqual([3]);
});

it('makes its stream, also again where somebody deleted it, to keep alerts for as long as it is told', async () => {
  const jetstream = sink();
  const own = alertOrder([], 2);
  for (const seq of [1, 2]) {
    await manager.streams.delete(STREAM);
    await retry(() => jetstream.publish([alert(seq)], own));
    expect(await seqsInStream()).toEqual([seq]);
    expect((await manager.streams.info(STREAM)).config).toMatchObject({
      subjects: ['vigil.alerts.*'],
      max_age: nanos(3_600_000),
      duplicate_window: nanos(600_000),
    });
  }
});

it('gives each severity a subject of its own', async () => {
  await sink().publish([{ ...alert(1), severity: 'MEDIUM' }, alert(2)], alertOrder([], 2));
  for (const [subject, seq] of [
    ['vigil.alerts.medium', 1],
    ['vigil.alerts.high', 2],
  ] as const)
    expect((await manager.streams.getMessage(STREAM, { last_by_subj: subject }))!.json()).toMatchObject({ seq });
});

it('leaves to others what they keep in a stream that was there, and goes on from its own last alert', async () => {
  const subjects = ['audit.*', 'vigil.>'];
  await manager.streams.update(STREAM, { subjects });
  // Of earlier, so that JetStream does not know their ids any more.
  for (const seq of [1, 2])
    await publish('vigil.alerts.high', { payload: JSON.stringify({ seq }), vigilSeq: String(seq) });
  await publish('audit.login', { payload: '{"seq":0}' });
  await sink().publish([alert(1), alert(2), alert(3)], alertOrder([], 3));
  expect(await seqsInStream()).toEqual([1, 2, 0, 3]);
  expect((await manager.streams.info(STREAM)).config.subjects).toEqual(subjects);
});

it.each([
  ['others', ['audit.*'], ['audit.*', 'vigil.alerts.*']],
  ['some of its own', ['audit.*', 'vigil.alerts.high'], ['audit.*', 'vigil.alerts.*']],
])('adds its subjects to a stream that has only %s', async (_whose, subjects, all) => {
  await manager.streams.update(STREAM, { subjects });
  await sink().publish([alert(1)], alertOrder([], 1));
  expect((await manager.streams.info(STREAM)).config.subjects).toEqual(all);
  expect(await seqsInStream()).toEqual([1]);
});

it('tells each alert once when its connection has vanished and nobody said so', async () => {
  const proxy = await startFreezableProxy(natsUrl);
  const settings = { url: proxy.url, stream: STREAM, maxAgeHours: 1, replicas: 1, pingIntervalMs: 500 };
  const jetstream = createJetStreamSink(settings);
  const own = alertOrder([], 2);
  try {
    await jetstream.publish([alert(1)], own);
    proxy.freeze();
    proxy.thaw();
    const next = [alert(2)];
    await retry(() => jetstream.publish(next, own));
    expect(await seqsInStream()).toEqual([1, 2]);
  } finally {
    await jetstream.close();
    await proxy.close();
  }
});

it.each([
  { what: 'by one that was there all the time', isNew: false },
  { what: 'by one that leads anew', isNew: true },
])('tells again what NATS acknowledged and lost with its machine, $what', async ({ isNew }) => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-nats-'));
  const origins = ['path', 'package-cache'] as const;
  const server = await startNats({ origins, dataDir: join(folder, 'data') });
  const open = (): AlertSink => createJetStreamSink({ url: server.url, stream: STREAM, maxAgeHours: 1, replicas: 1 });
  const told = [1, 2, 3, 4, 5, 6].map((seq) => alert(seq));
  const own = alertOrder(told, 6);
  let jetstream = open();
  try {
    await jetstream.publish(told.slice(0, 1), own);
    // What the system had on disk when the power went.
    cpSync(join(folder, 'data'), join(folder, 'on-disk'), { recursive: true });
    await jetstream.publish(told.slice(1, 4), own);
    await server.kill!('SIGKILL');
    rmSync(join(folder, 'data', 'jetstream'), { recursive: true });
    cpSync(join(folder, 'on-disk', 'jetstream'), join(folder, 'data', 'jetstream'), { recursive: true });
    await server.restart();
    if (isNew) {
      await jetstream.close();
      jetstream = open();
    }
    await retry(() => jetstream.publish(told.slice(4), own));
    const reader = await connect({ servers: server.url });
    try {
      const { streams } = await jetstreamManager(reader);
      const last = (await streams.info(STREAM)).state.last_seq;
      const seqs: number[] = [];
      for (let seq = 1; seq <= last; seq += 1)
        seqs.push((await streams.getMessage(STREAM, { seq }))!.json<Alert>().seq);
      expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
    } finally {
      await reader.close();
    }
  } finally {
    await jetstream.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

it('comes back to a NATS that was away, also where the clock was set back meanwhile', async () => {
  const server = await startNats({ origins: ['testcontainers', 'path', 'package-cache'] });
  const jetstream = createJetStreamSink({ url: server.url, stream: STREAM, maxAgeHours: 1, replicas: 1 });
  const own = alertOrder([], 2);
  const now = Date.now.bind(Date);
  try {
    await jetstream.publish([alert(1)], own);
    await server.kill!('SIGKILL');
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    await server.restart();
    const isTold = (): Promise<boolean> =>
      jetstream.publish([alert(2)], own).then(
        () => true,
        () => false,
      );
    expect(await waitUntil(isTold, { timeoutMs: 20_000, what: 'the alert' })).toBe(true);
  } finally {
    vi.restoreAllMocks();
    await jetstream.close();
    await server.stop();
  }
});

it('tells again where NATS has refused it for a while', async () => {
  const origins = ['testcontainers', 'path', 'package-cache'] as const;
  let server = await startNats({ origins });
  const port = Number(new URL(server.url).port);
  const jetstream = createJetStreamSink({ url: server.url, stream: STREAM, maxAgeHours: 1, replicas: 1 });
  const own = alertOrder([], 2);
  const replaceServer = async (options: { token?: string }): Promise<void> => {
    await server.stop();
    server = await startNats({ origins, port, ...options });
  };
  try {
    await jetstream.publish([alert(1)], own);
    await replaceServer({ token: 'of somebody else' });
    // The client's own connection is refused twice, and ends for good.
    const whyNot = (): Promise<unknown> => jetstream.publish([alert(2)], own).catch(String);
    const isRefused = async (): Promise<boolean> => /authorization/i.test(String(await whyNot()));
    await waitUntil(isRefused, { timeoutMs: 30_000, what: 'a refusal' });
    await replaceServer({});
    const isTold = async (): Promise<boolean> => (await whyNot()) === undefined;
    expect(await waitUntil(isTold, { timeoutMs: 30_000, what: 'the alert' })).toBe(true);
  } finally {
    await jetstream.close();
    await server.stop();
  }
});
