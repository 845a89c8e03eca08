/**
 * Whether the distributed stack runs on a Redis Cluster: `pnpm exec node bench/src/redis-cluster.ts`. Three masters on this
 * machine; the services speak to the one that owns the hash slot of `QUEUE_PREFIX`, with the prefix `{vigil}` and, to compare, with the
 * default. A listener on another node counts the alerts that pub/sub carries there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevService } from '@vigil/dev-services/dev-service';
import { programFromPackage } from '@vigil/dev-services/package-cache';
import { probeRedis } from '@vigil/dev-services/probes';
import { checkProgram, findOnPath, programs } from '@vigil/dev-services/programs';
import { startServerProcess } from '@vigil/dev-services/server-process';
import { startStack } from '@vigil/dev-services/stack';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { alertsChannel } from '@vigil/shared/bus/alerts-channel';
import { openDatabase } from '@vigil/shared/storage/database';
import { Redis } from 'ioredis';
import { accountedLines } from './harness/run-stack.ts';
import { writeTraffic, type TrafficFile } from './harness/traffic-file.ts';

const SLOTS = 16_384;
const NODES = 3;
const LINES = 10_000;
const PATIENCE_MS = 60_000;
const CLUSTER_SETTINGS = ['--save', '', '--cluster-enabled', 'yes', '--maxmemory-policy', 'noeviction'];

const folder = mkdtempSync(join(tmpdir(), 'vigil-cluster-'));
const nodes = await startCluster();
const clients = nodes.map(({ url }) => new Redis(url));
try {
  const file = await writeTraffic(join(folder, 'access.log'), LINES);
  for (const prefix of ['{vigil}', 'bull']) {
    const outcome = await tryPrefix(prefix, file).catch((error: unknown) =>
      error instanceof Error ? error.message.split('\n').slice(0, 4).join(' ') : String(error),
    );
    console.log(`QUEUE_PREFIX=${prefix}: ${outcome}`);
  }
} finally {
  for (const client of clients) client.disconnect();
  await Promise.all(nodes.map((node) => node.stop()));
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function tryPrefix(prefix: string, file: TrafficFile): Promise<string> {
  const slot = Number(await clients[0]!.call('cluster', 'keyslot', `${prefix}:lines:wait`));
  const owner = Math.min(NODES - 1, Math.floor(slot / Math.ceil(SLOTS / NODES)));
  const elsewhere = clients[(owner + 1) % NODES]!.duplicate();
  let heard = 0;
  await elsewhere.subscribe(alertsChannel(prefix));
  elsewhere.on('message', (_channel, message: string) => {
    heard += ([] as unknown[]).concat(JSON.parse(message)).length;
  });
  const stack = await startStack({
    scorers: 2,
    logPaths: [file.path],
    servers: { redis: nodes[owner]! },
    dataDir: join(folder, `stack-${owner}-${prefix.length}`),
    env: { QUEUE_PREFIX: prefix },
  });
  const database = await openDatabase(stack.databaseUrl, { poolMax: 1 });
  try {
    await waitUntil(async () => (await accountedLines(database)) === file.lines, {
      timeoutMs: PATIENCE_MS,
      what: `accounting for ${file.lines} lines`,
    });
    const [row] = await database.query<{ n: string }>('select count(*) as n from events');
    const events = Number(row!.n);
    await waitUntil(() => heard >= events, { timeoutMs: PATIENCE_MS, what: `${events} alerts on another node` });
    const keys = await Promise.all(clients.map((client) => client.dbsize()));
    return `all ${file.lines} lines accounted for, ${heard} of ${events} alerts heard on another node; keys by node ${keys.join(', ')}`;
  } finally {
    await database.close();
    await stack.stop();
    elsewhere.disconnect();
  }
}

async function startCluster(): Promise<DevService[]> {
  const onPath = findOnPath('redis-server');
  const program =
    onPath === undefined ? await programFromPackage('redis') : await checkProgram(onPath, process.env, programs.redis);
  const started = await Promise.all(
    Array.from({ length: NODES }, (_, index) =>
      startServerProcess(
        {
          name: 'redis',
          origin: 'path',
          program,
          args: ({ port, dir }) => ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...CLUSTER_SETTINGS],
          url: (port) => `redis://127.0.0.1:${port}`,
          probe: (port) => probeRedis('127.0.0.1', port),
        },
        { dataDir: join(folder, `node-${index}`) },
      ),
    ),
  );
  const share = Math.ceil(SLOTS / NODES);
  const joined = started.map(({ url }) => new Redis(url));
  for (const [index, client] of joined.entries()) {
    const last = Math.min(SLOTS, (index + 1) * share) - 1;
    await client.call('cluster', 'addslotsrange', String(index * share), String(last));
    await client.call('cluster', 'meet', '127.0.0.1', new URL(started[0]!.url).port);
  }
  await waitUntil(
    async () => {
      const infos = await Promise.all(joined.map((client) => client.call('cluster', 'info') as Promise<string>));
      return infos.every((info) => info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${NODES}`));
    },
    { timeoutMs: PATIENCE_MS, what: 'the cluster' },
  );
  for (const client of joined) client.disconnect();
  return started;
}
