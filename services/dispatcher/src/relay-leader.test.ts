import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { migrate, openDatabase, type Database } from '@vigil/shared/storage/database';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { DispatcherMetrics } from './metrics.ts';
import { RelayLeader } from './relay-leader.ts';
import { startFreezableProxy } from './testing/freezable-proxy.ts';

const log = createLogger('test', 'silent');
const releases: (() => unknown)[] = [];
let postgresUrl: string;

beforeAll(async () => {
  ({ postgresUrl } = await testServices(['postgres']));
  const database = await openDatabase(postgresUrl);
  await migrate(database);
  await database.close();
});
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

interface Candidate {
  isLeader: () => Promise<boolean>;
  stop: () => Promise<void>;
}

function campaign(database: Database): Candidate {
  const stopping = new AbortController();
  const metrics = new DispatcherMetrics(new Registry());
  const leader = new RelayLeader({ database, sinks: [], metrics, log, signal: stopping.signal, silenceMaxMs: 500 });
  leader.start();
  return {
    isLeader: async () => (await metrics.relayLeader.get()).values[0]?.value === 1,
    stop: async () => {
      stopping.abort();
      await leader.stopped();
    },
  };
}

async function open(url: string): Promise<Database> {
  const database = await openDatabase(url);
  releases.push(() => database.close());
  return database;
}

const leading = (candidate: Candidate): Promise<true> =>
  waitUntil(candidate.isLeader, { timeoutMs: 20_000, what: 'leading' });

it('passes the lead on when the leader stops', async () => {
  const first = campaign(await open(postgresUrl));
  expect(await leading(first)).toBe(true);
  const second = campaign(await open(postgresUrl));
  releases.push(second.stop);
  await first.stop();
  expect(await leading(second)).toBe(true);
});

it('passes the lead on when the leader falls silent with its connection open', async () => {
  const proxy = await startFreezableProxy(postgresUrl);
  const cutOff = campaign(await open(proxy.url));
  releases.push(cutOff.stop, () => proxy.close());
  expect(await leading(cutOff)).toBe(true);
  const other = campaign(await open(postgresUrl));
  releases.push(other.stop);
  proxy.freeze();
  expect(await leading(other)).toBe(true);
});
