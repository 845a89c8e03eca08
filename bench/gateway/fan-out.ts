import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres } from '@vigil/dev-services/postgres';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { startTestGateway, STREAM_KEY } from '@vigil/gateway/testing/start-test-gateway';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Alert } from '@vigil/shared/contracts';
import { migrate, openDatabase, type Database } from '@vigil/shared/storage/database';
import { Command } from 'commander';
import { WebSocketServer } from 'ws';
import { ClientProcess } from './client-process.ts';

/*
 * How many alerts a second one gateway hands to many clients, against a server that writes JSON.stringify(alert) to each of them, in one
 * run; and what an idle connection costs.
 */

const {
  clients,
  alerts: alertCount,
  idle,
} = new Command('pnpm exec node --expose-gc bench/gateway/fan-out.ts')
  .option('--clients <n>', 'clients that listen', positiveInteger, 1_000)
  .option('--alerts <n>', 'alerts that each of them gets', positiveInteger, 2_000)
  .option('--idle <n>', 'connections that get nothing', positiveInteger, 2_000)
  .parse()
  .opts<{ clients: number; alerts: number; idle: number }>();

/** Alerts told at once, and told before the slowest client has had them. */
const GROUP = 20;
const AHEAD_MAX = 400;

type Publish = (alerts: readonly Alert[]) => Promise<void>;

const postgres = await startPostgres();
const database = await openDatabase(postgres.url);
await migrate(database);
try {
  // First, while no earlier part has left memory behind that could be used again.
  await measureIdle(database);
  console.log(`${clients} clients, ${alertCount} alerts each; deliveries/s`);
  const naive = await measureNaive();
  const plain = await measureGateway(database, '');
  const batch = await measureGateway(database, '?batch=1');
  const row = (name: string, rate: number): void =>
    console.log(
      `  ${name.padEnd(44)} ${Math.round(rate).toLocaleString('en').padStart(10)}  ${(rate / naive).toFixed(1)}x`,
    );
  row('JSON.stringify and send for each client', naive);
  row('gateway, one threat frame an alert', plain);
  row('gateway, batch=1', batch);
} finally {
  await database.close();
  await postgres.stop();
}

async function measureGateway(store: Database, query: string): Promise<number> {
  const bus = createMemoryAlertBus();
  await giveSeqs(store, 0);
  // The clients' own pace bounds what waits here; what is measured is not when a slow one is closed.
  const gateway = await startTestGateway(store, bus, { WS_BUFFER_BYTES_MAX: 64 * 1024 * 1024 });
  await giveSeqs(store, alertCount);
  const listeners = await ClientProcess.start(`${gateway.wsUrl}${query}`, STREAM_KEY, clients);
  const rate = await deliveriesPerSecond(listeners, (alerts) => bus.publish(alerts));
  await listeners.stop();
  await gateway.stop();
  return rate;
}

/** The gateway takes it for a restored backup where alerts come whose seqs PostgreSQL has not given. */
async function giveSeqs(store: Database, lastSeq: number): Promise<void> {
  await store.query('update relay_state set last_seq = $1', [lastSeq]);
}

async function measureNaive(): Promise<number> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const listeners = await ClientProcess.start(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, '', clients);
  const rate = await deliveriesPerSecond(listeners, async (alerts) => {
    for (const alert of alerts) for (const client of server.clients) client.send(JSON.stringify(alert));
  });
  await listeners.stop();
  server.close();
  http.close();
  return rate;
}

async function deliveriesPerSecond(listeners: ClientProcess, publish: Publish): Promise<number> {
  const startMs = performance.now();
  for (let first = 1; first <= alertCount; first += GROUP) {
    const count = Math.min(GROUP, alertCount - first + 1);
    await publish(Array.from({ length: count }, (_, index) => alertOf(first + index)));
    await listeners.all(first + count - 1 - AHEAD_MAX);
    // The network gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await listeners.all(alertCount);
  return (clients * alertCount) / ((performance.now() - startMs) / 1_000);
}

async function measureIdle(store: Database): Promise<void> {
  if (idle === 0) return;
  const gateway = await startTestGateway(store, createMemoryAlertBus());
  const before = settledMemory();
  const listeners = await ClientProcess.start(gateway.wsUrl, STREAM_KEY, idle);
  const after = settledMemory();
  const each = (name: 'rss' | 'heapUsed'): string => ((after[name] - before[name]) / idle / 1_024).toFixed(1);
  console.log(
    `${idle} idle connections: ${each('rss')} KiB of memory each (${each('heapUsed')} KiB of it JavaScript's heap)`,
  );
  await listeners.stop();
  await gateway.stop();
}

function settledMemory(): NodeJS.MemoryUsage {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  return process.memoryUsage();
}

function alertOf(seq: number): Alert {
  return {
    event: 'threat',
    timestamp: '2026-11-23T10:00:00.000Z',
    source_ip: '203.0.113.9',
    request_method: 'GET',
    request_path: '/search/products/of/a/usual/length.php',
    threat_score: 0.9,
    severity: 'HIGH',
    component_scores: { SQL_INJECTION: 0.85, DOUBLE_ENCODING: 0.4 },
    id: randomUUID(),
    seq,
    matched_rules: ['sqli-union-select', 'double-encoding'],
    classes: ['SQL_INJECTION', 'DOUBLE_ENCODING'],
    source: '/var/log/nginx/access.log',
  };
}
