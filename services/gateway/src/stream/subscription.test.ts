import { waitUntil } from '@vigil/dev-services/wait-until';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Alert } from '@vigil/shared/contracts';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { LoopTurns } from '@vigil/shared/lifecycle/loop-turns';
import { Registry } from '@vigil/shared/metrics/metrics';
import { testAlert } from '@vigil/shared/testing/alert';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AlertHub } from './alert-hub.ts';
import type { AlertStore } from './alert-store.ts';
import { ReplayReader } from './replay-reader.ts';
import { createStreamMetrics } from './stream-metrics.ts';
import { Subscription, type StreamSink } from './subscription.ts';

const BUFFER_BYTES_MAX = 100_000;
const ALERTS = 2_500;

let lifecycle: Lifecycle;
beforeEach(() => {
  lifecycle = new Lifecycle(testLogger(), 5_000);
});
afterEach(() => lifecycle.stop('test'));

/** A connection that takes what it is given only when whoever sends waits for it. */
class SlowSink implements StreamSink {
  readonly ids: string[] = [];
  readonly seqs: number[] = [];
  bytes = 0;
  bytesMost = 0;
  closedFor: string | undefined;
  readonly #isLive = Promise.withResolvers<void>();
  readonly isLive = this.#isLive.promise;

  send(message: Buffer): void {
    this.bytes += message.length;
    this.bytesMost = Math.max(this.bytesMost, this.bytes);
    const frame = JSON.parse(message.toString()) as { event: string; id: string; seq: number; alerts?: Alert[] };
    for (const { id, seq } of frame.event === 'threat' ? [frame] : (frame.alerts ?? [])) {
      this.ids.push(id);
      this.seqs.push(seq);
    }
    if (frame.event === 'ping') this.#isLive.resolve();
  }

  bufferedBytes(): number {
    return this.bytes;
  }

  close(reason: string): void {
    this.closedFor = reason;
    this.#isLive.reject(new Error('closed'));
  }

  async drained(): Promise<boolean> {
    this.bytes = 0;
    return true;
  }
}

async function optionsOf(store: AlertStore) {
  const metrics = createStreamMetrics(new Registry());
  const bus = createMemoryAlertBus();
  const hub = new AlertHub({ bus, store, lifecycle, log: testLogger(), metrics, recentAlertsMax: ALERTS / 2 });
  await hub.start();
  return {
    bus,
    hub,
    replay: new ReplayReader(store, hub),
    turns: new LoopTurns(),
    metrics,
    bufferBytesMax: BUFFER_BYTES_MAX,
    replayAlertsMax: ALERTS,
    pingIntervalMs: 1_000,
  };
}

it('gives a client that resumes no more at once than may wait for it, however long the paths are', async () => {
  const held = Array.from({ length: ALERTS }, (_, index) =>
    testAlert({ seq: index + 1, request_path: `/${'x'.repeat(8_000)}` }),
  );
  const store: AlertStore = {
    page: async (after, limit) => {
      const alerts = held.slice(after, after + limit);
      return { alerts, upTo: alerts.at(-1)?.seq ?? after };
    },
    lastSeq: async () => ALERTS,
  };
  const sink = new SlowSink();
  const options = await optionsOf(store);
  new Subscription(options, sink, 'frames', {}).start({ filter: {}, batch: false, after: 0 });
  await sink.isLive;
  expect(sink.seqs).toEqual(held.map(({ seq }) => seq));
  expect(sink.bytesMost).toBeLessThan(BUFFER_BYTES_MAX);
});

it('gives a client that resumes nothing that was read before PostgreSQL went back', async () => {
  const told = (history: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) =>
      testAlert({ id: `${history}-${from + index}`, seq: from + index }),
    );
  let held = told('lost', 1, 2_000);
  let answered: Promise<void> | undefined;
  const store: AlertStore = {
    page: async (after, limit) => {
      const alerts = held.slice(after, after + limit);
      const wait = answered;
      answered = undefined;
      await wait;
      return { alerts, upTo: alerts.at(-1)?.seq ?? after };
    },
    lastSeq: async () => held.length,
  };
  const options = await optionsOf(store);
  const isBack = Promise.withResolvers<void>();
  answered = isBack.promise;
  const sink = new SlowSink();
  new Subscription(options, sink, 'frames', {}).start({ filter: {}, batch: false, after: 0 });
  await waitUntil(() => answered === undefined, { timeoutMs: 20_000, what: 'the first page to be asked for' });
  held = [...told('lost', 1, 500), ...told('new', 501, 1_500)];
  await waitUntil(() => options.hub.timeline === 1 && options.hub.head === 1_500, {
    timeoutMs: 20_000,
    what: 'going back',
  });
  isBack.resolve();
  await sink.isLive;
  expect(sink.ids).toEqual(held.map(({ id }) => id));
});

it('gives a client that changes its filter what waited for it by the old one', async () => {
  const store: AlertStore = { page: async (after) => ({ alerts: [], upTo: after }), lastSeq: async () => 1 };
  const options = await optionsOf(store);
  const sink = new SlowSink();
  const subscription = new Subscription(options, sink, 'batch', {});
  subscription.start({ filter: {}, batch: true });
  await options.bus.publish([testAlert({ seq: 2, source_ip: '203.0.113.7' })]);
  // Alerts of a batch wait a moment for others.
  expect(sink.seqs).toEqual([]);
  subscription.change({ filter: { source_ip: ['198.51.100.7'] }, batch: true });
  expect(sink.seqs).toEqual([2]);
});

it.each([
  [
    'changes its filter',
    (subscription) => subscription.change({ filter: { path: [`/${'x'.repeat(200)}`] }, batch: false }),
  ],
  ['sends what nobody understands', (subscription) => subscription.reject('x'.repeat(200))],
] satisfies [string, (subscription: Subscription) => void][])(
  'lets go of a client that %s again and again and reads none of the answers',
  async (_what, say) => {
    const store: AlertStore = { page: async () => ({ alerts: [], upTo: 0 }), lastSeq: async () => 0 };
    const sink = new SlowSink();
    sink.isLive.catch(() => undefined);
    const subscription = new Subscription(await optionsOf(store), sink, 'frames', {});
    subscription.start({ filter: {}, batch: false });
    for (let time = 0; time < BUFFER_BYTES_MAX / 100 && sink.closedFor === undefined; time += 1) say(subscription);
    expect(sink.closedFor).toBe('slow');
    expect(sink.bytesMost).toBeLessThan(BUFFER_BYTES_MAX + 1_000);
  },
);
