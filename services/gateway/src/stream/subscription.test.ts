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
  readonly closes: { reason: string; cursor: number; retryAfterMs: number }[] = [];
  readonly gaps: unknown[] = [];
  readonly #takesNothing: boolean;
  readonly #isLive = Promise.withResolvers<void>();
  readonly isLive = this.#isLive.promise;

  /** @param takesNothing however long somebody waits for it */
  constructor({ takesNothing = false } = {}) {
    this.#takesNothing = takesNothing;
    this.isLive.catch(() => undefined);
  }

  send(message: Buffer): void {
    this.bytes += message.length;
    this.bytesMost = Math.max(this.bytesMost, this.bytes);
    const frame = JSON.parse(message.toString()) as { event: string; id: string; seq: number; alerts?: Alert[] };
    for (const { id, seq } of frame.event === 'threat' ? [frame] : (frame.alerts ?? [])) {
      this.ids.push(id);
      this.seqs.push(seq);
    }
    if (frame.event === 'gap') this.gaps.push(frame);
    if (frame.event === 'ping') this.#isLive.resolve();
  }

  bufferedBytes(): number {
    return this.bytes;
  }

  close(reason: string, cursor: number, retryAfterMs: number): void {
    this.closes.push({ reason, cursor, retryAfterMs });
    this.closedFor = reason;
    this.#isLive.reject(new Error('closed'));
  }

  async drained(): Promise<boolean> {
    if (this.#takesNothing) return false;
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
  expect(sink.gaps).toEqual([]);
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
    const subscription = new Subscription(await optionsOf(store), sink, 'frames', {});
    subscription.start({ filter: {}, batch: false });
    for (let time = 0; time < BUFFER_BYTES_MAX / 100 && sink.closedFor === undefined; time += 1) say(subscription);
    expect(sink.closedFor).toBe('slow');
    expect(sink.bytesMost).toBeLessThan(BUFFER_BYTES_MAX + 1_000);
  },
);

/** A store with the alerts up to a seq. */
function storeOf(lastSeq: number): AlertStore {
  return {
    page: async (after, limit) => {
      const count = Math.max(0, Math.min(limit, lastSeq - after));
      const alerts = Array.from({ length: count }, (_, index) => testAlert({ seq: after + index + 1 }));
      return { alerts, upTo: after + count };
    },
    lastSeq: async () => lastSeq,
  };
}

it('lets go of a client that takes nothing of what it missed', async () => {
  const sink = new SlowSink({ takesNothing: true });
  new Subscription(await optionsOf(storeOf(ALERTS)), sink, 'frames', {}).start({ filter: {}, batch: false, after: 0 });
  await expect(sink.isLive).rejects.toThrow('closed');
  expect([sink.closedFor, sink.seqs]).toEqual(['slow', []]);
});

it('has a client come back a moment later where what it missed cannot be read', async () => {
  const store = storeOf(ALERTS);
  const options = await optionsOf(store);
  store.page = () => Promise.reject(new Error('PostgreSQL is away'));
  const sink = new SlowSink();
  new Subscription(options, sink, 'frames', {}).start({ filter: {}, batch: false, after: 7 });
  await expect(sink.isLive).rejects.toThrow('closed');
  expect(sink.closes).toEqual([{ reason: 'replay_failed', cursor: 7, retryAfterMs: 1_000 }]);
});

it('gives a client that is ahead of this gateway, as one that comes from another may be, what follows and nothing again', async () => {
  const store = storeOf(3);
  const { bus, ...options } = await optionsOf(store);
  store.lastSeq = async () => 5;
  const sink = new SlowSink();
  new Subscription(options, sink, 'frames', {}).start({ filter: {}, batch: false, after: 5 });
  await bus.publish([4, 5].map((seq) => testAlert({ seq })));
  await sink.isLive;
  await bus.publish([testAlert({ seq: 6 })]);
  expect([sink.seqs, sink.gaps]).toEqual([[6], []]);
});

it('tells a client that it closes how far it is, alerts that the filter keeps from it included, and nothing afterwards', async () => {
  const { bus, ...options } = await optionsOf(storeOf(0));
  const sink = new SlowSink();
  const subscription = new Subscription(options, sink, 'frames', {});
  subscription.start({ filter: { source_ip: ['198.51.100.7'] }, batch: false });
  await bus.publish([1, 2].map((seq) => testAlert({ seq, source_ip: '203.0.113.7' })));
  subscription.close('restart', 500);
  const { bytes } = sink;
  subscription.close('restart', 500);
  subscription.change({ filter: {}, batch: false, after: 0 });
  await bus.publish([testAlert({ seq: 3 })]);
  expect(sink.closes).toEqual([{ reason: 'restart', cursor: 2, retryAfterMs: 500 }]);
  expect(sink.bytes).toBe(bytes);
});

/** A client that takes batches, for which an alert waits to be sent together with others, and whose buffer is full. */
async function fullBatchClient(): Promise<{ subscription: Subscription; sink: SlowSink }> {
  const { bus, ...options } = await optionsOf(storeOf(0));
  const sink = new SlowSink();
  const subscription = new Subscription(options, sink, 'batch', {});
  subscription.start({ filter: {}, batch: true });
  await bus.publish([testAlert({ seq: 1 })]);
  sink.bytes = BUFFER_BYTES_MAX;
  return { subscription, sink };
}

it('names to a slow client no cursor beyond what it got: what waited to be sent together would be lost', async () => {
  const { subscription, sink } = await fullBatchClient();
  subscription.reject('what nobody understands');
  expect(sink.closes).toEqual([{ reason: 'slow', cursor: 0, retryAfterMs: 0 }]);
  expect(sink.seqs).toEqual([]);
});

it('ends a connection once where what waits is too much for it as it is closed', async () => {
  const { subscription, sink } = await fullBatchClient();
  subscription.close('restart', 500);
  expect(sink.closes).toEqual([{ reason: 'slow', cursor: 1, retryAfterMs: 0 }]);
  expect(sink.seqs).toEqual([1]);
});
