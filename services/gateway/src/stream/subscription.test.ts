import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { LoopTurns } from '@vigil/shared/lifecycle/loop-turns';
import { Registry } from '@vigil/shared/metrics/metrics';
import { testAlert } from '@vigil/shared/testing/alert';
import { testLogger } from '@vigil/shared/testing/test-logger';

import { afterEach, expect, it } from 'vitest';
import { AlertHub } from './alert-hub.ts';
import type { AlertStore } from './alert-store.ts';
import { ReplayReader } from './replay-reader.ts';
import { createStreamMetrics } from './stream-metrics.ts';
import { Subscription, type StreamSink } from './subscription.ts';

const BUFFER_BYTES_MAX = 100_000;
const ALERTS = 2_500;

const lifecycle = new Lifecycle(testLogger(), 5_000);
afterEach(() => lifecycle.stop('test'));

/** A connection that takes what it is given only when whoever sends waits for it. */
class SlowSink implements StreamSink {
  readonly seqs: number[] = [];
  bytes = 0;
  bytesMost = 0;
  readonly #isLive = Promise.withResolvers<void>();
  readonly isLive = this.#isLive.promise;

  send(message: Buffer): void {
    this.bytes += message.length;
    this.bytesMost = Math.max(this.bytesMost, this.bytes);
    const frame = JSON.parse(message.toString()) as { event: string; seq: number };
    if (frame.event === 'threat') this.seqs.push(frame.seq);
    if (frame.event === 'ping') this.#isLive.resolve();
  }

  bufferedBytes(): number {
    return this.bytes;
  }

  close(): void {
    this.#isLive.reject(new Error('closed'));
  }

  async drained(): Promise<boolean> {
    this.bytes = 0;
    return true;
  }
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
  const metrics = createStreamMetrics(new Registry());
  const bus = createMemoryAlertBus();
  const hub = new AlertHub({ bus, store, lifecycle, log: testLogger(), metrics, recentAlertsMax: ALERTS / 2 });
  await hub.start();
  const sink = new SlowSink();
  const options = {
    hub,
    replay: new ReplayReader(store, hub),
    turns: new LoopTurns(),
    metrics,
    bufferBytesMax: BUFFER_BYTES_MAX,
    replayAlertsMax: ALERTS,
    pingIntervalMs: 1_000,
  };
  new Subscription(options, sink, 'frames', {}).start({ filter: {}, batch: false, after: 0 });
  await sink.isLive;
  expect(sink.seqs).toEqual(held.map(({ seq }) => seq));
  expect(sink.bytesMost).toBeLessThan(BUFFER_BYTES_MAX);
});
