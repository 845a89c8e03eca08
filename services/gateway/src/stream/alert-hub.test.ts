import { waitUntil } from '@vigil/dev-services/wait-until';
import { compileFilters } from '@vigil/shared/alerts/alert-filter';
import type { AlertListener } from '@vigil/shared/bus/alert-bus';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Alert } from '@vigil/shared/contracts';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { Registry } from '@vigil/shared/metrics/metrics';
import { testAlert } from '@vigil/shared/testing/alert';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, expect, it } from 'vitest';
import { AlertHub } from './alert-hub.ts';
import type { AlertPage, AlertStore } from './alert-store.ts';
import { createStreamMetrics } from './stream-metrics.ts';

const log = testLogger();
let lifecycle: Lifecycle;
afterEach(() => lifecycle.stop('test'));

const alerts = (history: string, from: number, to: number): Alert[] =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    testAlert({ id: `${history}-${from + index}`, seq: from + index }),
  );

/** A store whose answers are given when the test says so; which alerts it has is settled when it is asked. */
class SlowStore implements AlertStore {
  held: Alert[] = [];
  /** Called with each question for a page; resolves when the answer may be given. */
  onPage: (after: number) => Promise<void> = () => Promise.resolve();

  async page(after: number, limit: number): Promise<AlertPage> {
    const found = this.held.filter(({ seq }) => seq > after).slice(0, limit);
    await this.onPage(after);
    return { alerts: found, upTo: found.at(-1)?.seq ?? after };
  }

  lastSeq(): Promise<number> {
    return Promise.resolve(this.held.at(-1)?.seq ?? 0);
  }
}

it('says what is gone between alerts that the bus lost, and passes on those around it', async () => {
  lifecycle = new Lifecycle(log, 5_000);
  const store = new SlowStore();
  store.held = alerts('a', 1, 3);
  const bus = createMemoryAlertBus();
  const metrics = createStreamMetrics(new Registry());
  const hub = new AlertHub({ bus, store, lifecycle, log, metrics, recentAlertsMax: 100 });
  await hub.start();
  const heard: string[] = [];
  const deliver = (messages: readonly Buffer[]): void => {
    for (const message of messages) {
      const frame = JSON.parse(message.toString()) as { event: string; id?: string; from?: number; to?: number };
      heard.push(frame.event === 'threat' ? frame.id! : `${frame.event} ${frame.from} to ${frame.to}`);
    }
  };
  hub.join(compileFilters({}), 'frames', { deliver });
  // Retention has dropped 5 and 6.
  store.held = [...alerts('a', 1, 4), ...alerts('a', 7, 9)];
  await bus.publish(alerts('a', 9, 9));
  await waitUntil(() => hub.head === 9, { timeoutMs: 20_000, what: 'what the bus lost' });
  expect(heard).toEqual(['a-4', 'gap 5 to 6', 'a-7', 'a-8', 'a-9']);
  // Whoever resumes gets the recent ones by their place, so there must be no hole among them.
  expect(hub.ring.after(3, 10)).toBeUndefined();
  expect(hub.ring.after(7, 10)?.map(({ alert }) => alert.id)).toEqual(['a-8', 'a-9']);
});

it('begins behind seqs that were given and are gone, or were never given to an alert', async () => {
  lifecycle = new Lifecycle(log, 5_000);
  const store = new SlowStore();
  store.lastSeq = async () => 1_000;
  const bus = createMemoryAlertBus();
  const metrics = createStreamMetrics(new Registry());
  const hub = new AlertHub({ bus, store, lifecycle, log, metrics, recentAlertsMax: 100 });
  await hub.start();
  expect(hub.head).toBe(1_000);
});

it('takes nothing that was read before it went back for what it knows since', async () => {
  lifecycle = new Lifecycle(log, 5_000);
  const store = new SlowStore();
  store.held = alerts('lost', 1, 10);
  const bus = createMemoryAlertBus();
  let listener: AlertListener | undefined;
  const hub = new AlertHub({
    bus: { ...bus, subscribe: (given) => bus.subscribe((listener = given)) },
    store,
    lifecycle,
    log,
    metrics: createStreamMetrics(new Registry()),
    recentAlertsMax: 100,
  });
  await hub.start();
  expect(hub.head).toBe(10);
  const isBack = Promise.withResolvers<void>();
  store.onPage = async (after) => {
    // The bus reconnects while the histories are compared, and what it asks then is answered when that is over.
    if (after === 0) listener?.onReconnect?.();
    else if (after === 10) await isBack.promise;
  };
  store.held = [...alerts('lost', 1, 6), ...alerts('new', 7, 8)];
  await waitUntil(() => hub.head === 6, { timeoutMs: 20_000, what: 'going back' });
  isBack.resolve();
  await waitUntil(() => hub.head === 8, { timeoutMs: 20_000, what: 'what is new' });
  expect(hub.ring.after(6, 10)?.map(({ alert }) => alert.id)).toEqual(['new-7', 'new-8']);
});
