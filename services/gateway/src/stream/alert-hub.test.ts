import { waitUntil } from '@vigil/dev-services/wait-until';
import { compileFilters } from '@vigil/shared/alerts/alert-filter';
import type { AlertListener } from '@vigil/shared/bus/alert-bus';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Alert } from '@vigil/shared/contracts';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { Registry } from '@vigil/shared/metrics/metrics';
import { testAlert } from '@vigil/shared/testing/alert';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
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
  expect((await metrics.gaps.get()).values[0]?.value).toBe(1);
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
  const metrics = createStreamMetrics(new Registry());
  let listener: AlertListener | undefined;
  const hub = new AlertHub({
    bus: { ...bus, subscribe: (given) => bus.subscribe((listener = given)) },
    store,
    lifecycle,
    log,
    metrics,
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
  expect((await metrics.gaps.get()).values[0]?.value).toBe(1);
});

/** A hub on a bus and a store of the test's. */
async function startHub(store: AlertStore) {
  lifecycle = new Lifecycle(log, 5_000);
  const bus = createMemoryAlertBus();
  const metrics = createStreamMetrics(new Registry());
  const hub = new AlertHub({ bus, store, lifecycle, log, metrics, recentAlertsMax: 10 });
  await hub.start();
  return { bus, metrics, hub };
}

it('finds that the last alert before a silence was lost, each time', async () => {
  const store = new SlowStore();
  const { bus, hub } = await startHub(store);
  for (const last of [2, 4]) {
    store.held = alerts('a', 1, last);
    await bus.publish(alerts('a', last - 1, last - 1));
    const isFound = (): boolean => hub.head === last;
    expect(await waitUntil(isFound, { timeoutMs: 20_000, what: `alert ${last}, which the bus lost` })).toBe(true);
  }
});

it('keeps no more than may wait of what PostgreSQL never had, and drops it after a while', async () => {
  const store = new SlowStore();
  const { bus, metrics, hub } = await startHub(store);
  const aWhileMs = 11_000;
  const now = performance.now.bind(performance);
  let looks = 0;
  store.onPage = async () => void (looks += 1);
  await bus.publish(alerts('a', 1_000, 1_099));
  // Patience counts from the first look, which the second one follows.
  await waitUntil(() => looks >= 2, { timeoutMs: 20_000, what: 'another look' });
  const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + aWhileMs);
  onTestFinished(() => later.mockRestore());
  const dropped = async (): Promise<number> => (await metrics.unknownSeqs.get()).values[0]!.value;
  await waitUntil(async () => (await dropped()) > 0, { timeoutMs: 20_000, what: 'giving up' });
  expect([await dropped(), hub.head]).toEqual([10, 0]);
});

it('puts those together who hear the same, and forgets a group that nobody is in', async () => {
  const { hub } = await startHub(new SlowStore());
  const [one, other] = [{ deliver: () => undefined }, { deliver: () => undefined }];
  const group = hub.join(compileFilters({}), 'frames', one);
  expect(hub.join(compileFilters({}), 'frames', other)).toBe(group);
  expect(hub.join(compileFilters({}), 'batch', other)).not.toBe(group);
  hub.leave(group, one, false);
  expect(hub.join(compileFilters({}), 'frames', one)).toBe(group);
  for (const member of [one, other]) hub.leave(group, member, false);
  expect(hub.join(compileFilters({}), 'frames', one)).not.toBe(group);
});
