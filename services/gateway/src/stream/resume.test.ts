import { AlertStream, type GapFrame } from '@vigil/client';
import { freePort } from '@vigil/dev-services/free-port';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { createRedisAlertBus } from '@vigil/shared/bus/redis-alert-bus';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publishBadly, seededRandom } from '../testing/lossy-bus.ts';
import { startTestGateway, STREAM_KEY, type TestGateway } from '../testing/start-test-gateway.ts';
import { createEventPartition, storeEvents, type EventSeed } from '../testing/store-events.ts';
import { range } from '../testing/stream-listener.ts';
import { TcpBalancer } from '../testing/tcp-balancer.ts';

let database: Database;
let redisUrl: string;

beforeAll(async () => {
  ({ redisUrl } = await testServices(['redis']));
  database = await openTestDatabase();
  await createEventPartition(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query('truncate events, alerts');
  await database.query('update relay_state set last_seq = 0');
});

/** A client of @vigil/client that notes each seq it is handed. */
class Consumer {
  readonly seqs: number[] = [];
  readonly gaps: GapFrame[] = [];
  readonly after: number;
  readonly stream: AlertStream;
  readonly done: Promise<void>;
  opened = 0;

  constructor(url: string, after: number, batch: boolean, minSeverity: 'MEDIUM' | 'HIGH' = 'MEDIUM') {
    this.after = after;
    this.stream = new AlertStream({
      url,
      key: STREAM_KEY,
      after,
      batch,
      filter: { min_severity: minSeverity },
      retryDelayMs: 20,
      retryDelayMaxMs: 200,
      onGap: (gap) => this.gaps.push(gap),
      onState: ({ state }) => {
        if (state === 'open') this.opened += 1;
      },
    });
    this.done = this.#consume();
  }

  async #consume(): Promise<void> {
    for await (const alert of this.stream) this.seqs.push(alert.seq);
  }
}

/** Stores alerts in small groups and tells the bus badly, until `total` are stored. */
async function writeAlerts(
  bus: AlertBus,
  total: number,
  random: () => number,
  onGroup: (last: number) => Promise<void>,
) {
  let last = 0;
  while (last < total) {
    const size = Math.min(total - last, 1 + Math.floor(random() * 12));
    const seeds: EventSeed[] = Array.from({ length: size }, () => ({ severity: random() < 0.5 ? 'HIGH' : 'MEDIUM' }));
    const alerts = await storeEvents(database, seeds);
    last = alerts.at(-1)!.seq;
    await publishBadly(bus, alerts, random);
    await onGroup(last);
  }
}

async function highSeqs(): Promise<number[]> {
  const rows = await database.query<{ seq: string }>(
    `select seq from alerts a join events e on e.id = a.event_id where e.severity = 'HIGH' order by seq`,
  );
  return rows.map((row) => Number(row.seq));
}

describe('clients that join at any time, with a bus that loses, repeats and reorders', () => {
  it.each([
    ['memory', 11],
    ['redis', 12],
  ])(
    'have every alert after their cursor exactly once and in order, over a restart of the gateway (%s)',
    async (kind, seed) => {
      const random = seededRandom(seed);
      const bus = kind === 'redis' ? createRedisAlertBus(redisUrl) : createMemoryAlertBus();
      // A ring far smaller than what is replayed: both ways into the live stream are taken.
      const settings = { RECENT_ALERTS_MAX: 40, WS_PING_INTERVAL_MS: 200 };
      // One that nobody else is given while the gateway is away.
      const port = await freePort();
      let gateway = await startTestGateway(database, bus, settings, { port });
      const consumers: Consumer[] = [];
      const total = 700;
      let restarted = false;
      await writeAlerts(bus, total, random, async (last) => {
        if (random() < 0.35 && consumers.length < 60) {
          const after = random() < 0.3 ? last : Math.floor(random() * last);
          consumers.push(new Consumer(gateway.url, after, random() < 0.5, random() < 0.3 ? 'HIGH' : 'MEDIUM'));
        }
        if (last > total / 2 && !restarted) {
          restarted = true;
          await gateway.stop();
          gateway = await startTestGateway(database, bus, settings, { port });
        }
      });
      const high = await highSeqs();
      await waitUntil(() => consumers.every((consumer) => consumer.stream.cursor === total), {
        timeoutMs: 15_000,
        what: 'all clients at the end',
      });
      expect(consumers.length).toBeGreaterThan(20);
      for (const { seqs, after, gaps, stream } of consumers) {
        const all = seqs.length > 0 && seqs.every((seq) => high.includes(seq)) ? high : range(1, total);
        expect(seqs).toEqual(all.filter((seq) => seq > after));
        expect(gaps).toEqual([]);
        stream.close();
      }
      await Promise.all(consumers.map((consumer) => consumer.done));
      await gateway.stop();
      await bus.close();
    },
  );
});

describe('a rolling restart of three gateways', () => {
  it('loses and repeats nothing, however many listen', async () => {
    const random = seededRandom(3);
    const bus = createRedisAlertBus(redisUrl);
    const buses: AlertBus[] = [bus];
    const start = (): Promise<TestGateway> => {
      const own = createRedisAlertBus(redisUrl);
      buses.push(own);
      return startTestGateway(database, own, { WS_DRAIN_MS: 500 });
    };
    const gateways = await Promise.all([start(), start(), start()]);
    const balancer = await TcpBalancer.start();
    const rebalance = (without?: TestGateway): void =>
      balancer.setTargets(gateways.filter((gateway) => gateway !== without).map((gateway) => gateway.url));
    rebalance();
    const clients = Number(process.env['VIGIL_TEST_CLIENTS'] ?? 300);
    const consumers = Array.from({ length: clients }, () => new Consumer(balancer.url, 0, true));
    await waitUntil(() => consumers.every((consumer) => consumer.opened > 0), { timeoutMs: 15_000, what: 'all open' });

    const progress = { rolled: false };
    const roll = async (): Promise<void> => {
      for (const [index, old] of gateways.entries()) {
        // As Kubernetes does: readiness goes off, then nothing new arrives, while the old one lets go of its clients.
        rebalance(old);
        await old.stop();
        gateways[index] = await start();
        rebalance();
      }
      progress.rolled = true;
    };
    const rolling = roll();
    // Written at the pace of one listener, for as long as it takes.
    let total = 0;
    while (!progress.rolled) {
      const alerts = await storeEvents(
        database,
        Array.from({ length: 5 }, () => ({})),
      );
      total += alerts.length;
      await publishBadly(bus, alerts, random);
      await waitUntil(() => consumers[0]!.seqs.length >= total, { timeoutMs: 15_000, what: 'one client' });
    }
    await rolling;
    await waitUntil(() => consumers.every((consumer) => consumer.seqs.length >= total), {
      timeoutMs: 15_000,
      what: 'all alerts at all clients',
    });
    const expected = range(1, total);
    const wrong = consumers.filter((consumer) => consumer.seqs.join() !== expected.join());
    expect(wrong.map((consumer) => consumer.seqs)).toEqual([]);
    expect(consumers.reduce((sum, consumer) => sum + consumer.opened, 0)).toBeGreaterThanOrEqual(2 * clients);
    for (const consumer of consumers) consumer.stream.close();
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all(buses.map((each) => each.close()));
    await balancer.stop();
  }, 60_000);
});
