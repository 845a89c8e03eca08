import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@vigil/dev-services/redis';
import { startStack, type Stack, type StackOptions } from '@vigil/dev-services/stack';
import { openDatabase } from '@vigil/shared/storage/database';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AlertListener } from './alert-listener.ts';
import { AttackLog } from './attack-log.ts';
import { Observer } from './chaos/observer.ts';
import { expectExactlyOnce } from './journey.ts';
import { until } from './until.ts';

let folder: string;
let log: AttackLog;
const releases: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-bounds-'));
  releases.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  log = new AttackLog(join(folder, 'access.log'));
});
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

/** A stack on the log, what looks at it and what listens to it. */
async function start(
  options: StackOptions = {},
): Promise<{ stack: Stack; observer: Observer; listener: AlertListener }> {
  const stack = await startStack({
    ...options,
    logPaths: [log.path],
    dataDir: join(folder, 'data'),
    // The test log's dates are fixed.
    env: { RETENTION_DAYS: '0', BATCH_LINES_MAX: '100', ...options.env },
  });
  releases.push(() => stack.stop());
  const observer = new Observer(stack.databaseUrl);
  releases.push(() => observer.close());
  const listener = new AlertListener();
  await listener.connect(stack.gatewayUrl, stack.apiKey);
  releases.push(() => listener.close());
  return { stack, observer, listener };
}

async function expectAllOnce(stack: Stack, listener: AlertListener): Promise<void> {
  const database = await openDatabase(stack.databaseUrl);
  try {
    await expectExactlyOnce(database, log, listener);
  } finally {
    await database.close();
  }
}

const push = (stack: Stack): Promise<Response> =>
  fetch(new URL('/ingest/batch', stack.ingestorUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': stack.apiKey },
    body: JSON.stringify({ lines: ['not taken'] }),
  });

it(
  'loses nothing to a Redis at maxmemory: nothing is taken in, and it goes on by itself',
  { timeout: 240_000 },
  async () => {
    const redis = await startRedis({ dataDir: join(folder, 'redis'), appendOnly: true, maxMemory: '32mb' });
    releases.push(() => redis.stop());
    const { stack, observer, listener } = await start({ servers: { redis }, scorers: 2 });
    log.write(1_000);
    await until('the first alerts are heard', () => listener.alerts.length > 0);

    // Somebody else fills it up to the last byte: not only are new batches refused, those at hand cannot be passed on.
    const filler = new Redis(redis.url);
    releases.push(() => filler.disconnect());
    const fill = async (n: number): Promise<string> =>
      filler.set(`filler:${n}`, 'x'.repeat(64 * 1024)).catch((error: Error) => error.message);
    let answered = 'OK';
    for (let n = 0; answered === 'OK'; n += 1) answered = await fill(n);
    for (let n = 0; n < 200; n += 1) await filler.set(`filler:small:${n}`, 'x'.repeat(512)).catch(() => undefined);
    expect(answered).toMatch(/^OOM/);
    // More than the one batch that may have been read before Redis is found full.
    log.write(10_000);
    await until(
      'the ingestor takes nothing in',
      async () => (await observer.metric(stack.ingestor.opsUrl, 'vigil_backpressure_active')) === 1,
    );
    const answer = await push(stack);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    // Redis may be found full before the file is found to have grown.
    await until(
      'the ingestor says that it is behind',
      async () => ((await observer.metric(stack.ingestor.opsUrl, 'vigil_ingest_lag_bytes')) ?? 0) > 0,
    );

    await filler.unlink(await filler.keys('filler:*'));
    log.write(500);
    await expectAllOnce(stack, listener);
  },
);

it(
  'has another scorer take over the jobs of one that stopped, which then does no harm',
  { timeout: 240_000 },
  async () => {
    const { stack, observer, listener } = await start({ scorers: 2 });
    const [first, second] = stack.scorers as [Stack['ingestor'], Stack['ingestor']];
    const redis = new Redis(stack.servers.redis.url);
    releases.push(() => redis.disconnect());
    await second.kill('SIGSTOP');
    // Until it is caught with jobs at hand, which it then holds with their locks.
    for (let held = 0; held === 0; held = await redis.llen('bull:lines:active')) {
      await first.kill('SIGCONT');
      log.write(2_000);
      await until('jobs are taken', async () => (await redis.llen('bull:lines:active')) > 0);
      await first.kill('SIGSTOP');
    }
    await second.kill('SIGCONT');
    await expectAllOnce(stack, listener);
    const before = await observer.linesAccounted();
    await first.kill('SIGCONT');
    // It hands in what it had; the batches are known, and lines that come later are shared with it again.
    log.write(1_000);
    await expectAllOnce(stack, listener);
    expect(await observer.linesAccounted()).toBe(before + 1_000);
    await until('it is alive', async () => (await fetch(new URL('/health', first.opsUrl))).ok);

    await expectNoSecrets(stack, listener);
  },
);

/** Pushes a line that holds secrets and looks for them, and for those of the configuration, wherever something is written. */
async function expectNoSecrets(stack: Stack, listener: AlertListener): Promise<void> {
  const secret = 'hunter2-and-nobody-else';
  const heard = listener.alerts.length;
  const line = `203.0.113.5 - - [02/Mar/2026:10:00:00 +0000] "GET /item?id=1'+UNION+SELECT+password+FROM+users--&session_token=${secret} HTTP/1.1" 200 5 "https://ann:${secret}@h/?password=${secret}" "curl/8"`;
  const answer = await fetch(new URL('/ingest/batch', stack.ingestorUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': stack.apiKey },
    body: JSON.stringify({ lines: [line] }),
  });
  expect(answer.status).toBe(202);
  await until('the pushed line becomes an alert', () => listener.alerts.length > heard);
  await fetch(new URL('/threats', stack.gatewayUrl), { headers: { 'x-api-key': `${secret}-as-a-key` } });

  const secrets = { secret, key: stack.apiKey, password: new URL(stack.databaseUrl).password };
  const texts: Record<string, string> = { alerts: JSON.stringify(listener.alerts) };
  const logs = join(stack.dataDir, 'logs');
  for (const name of readdirSync(logs)) texts[name] = readFileSync(join(logs, name), 'utf8');
  for (const part of [stack.ingestor, ...stack.scorers, stack.dispatcher, stack.gateway])
    texts[`metrics of ${part.name}`] = await (await fetch(new URL('/metrics', part.opsUrl))).text();
  const headers = { 'x-api-key': stack.apiKey };
  for (const path of ['/threats?limit=100', '/stats?range=30d', '/models/status'])
    texts[path] = await (await fetch(new URL(path, stack.gatewayUrl), { headers })).text();
  const database = await openDatabase(stack.databaseUrl);
  try {
    for (const table of ['events', 'outbox', 'alerts', 'dead_letters', 'api_keys', 'path_tallies', 'line_tallies'])
      texts[`table ${table}`] = JSON.stringify(await database.query(`select t::text from ${table} t`));
  } finally {
    await database.close();
  }
  expect(texts['table events']).toContain('session_token=***');
  const found = Object.entries(texts).flatMap(([place, text]) =>
    Object.entries(secrets).flatMap(([name, value]) => (text.includes(value) ? [`${name} in ${place}`] : [])),
  );
  expect(found).toEqual([]);
}

const canMount = mayMount();

function mayMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const place = mkdtempSync(join(tmpdir(), 'vigil-mount-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place]);
  if (status === 0) spawnSync('umount', [place]);
  rmSync(place, { recursive: true });
  return status === 0;
}

/** Puts a file system as small as that in the place. */
function mountTmpfs(path: string, size: string): void {
  mkdirSync(path, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  if (status !== 0) throw new Error(`cannot mount: ${String(stderr)}`);
  releases.push(() => spawnSync('umount', ['-l', path]));
}

/** What a service says of its readiness; nothing while it does not answer. */
async function readinessAt(opsUrl: string): Promise<string> {
  try {
    return await (await fetch(new URL('/ready', opsUrl))).text();
  } catch {
    return '';
  }
}

/** Fills a file system; returns what frees it again. */
function fillDisk(path: string): () => void {
  const file = join(path, 'ballast');
  for (let block = 1024 * 1024; block >= 1; block >>= 4) {
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(block), { flag: 'a', flush: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        break;
      }
    }
  }
  return () => rmSync(file);
}

it.skipIf(!canMount)(
  'goes on where the disk under the checkpoint becomes full, and a new ingestor waits there and says why (needs root)',
  { timeout: 240_000 },
  async () => {
    const disk = join(folder, 'checkpoint');
    mountTmpfs(disk, '64k');
    const { stack, listener } = await start({ env: { CHECKPOINT_PATH: join(disk, 'checkpoint.json') } });
    log.write(500);
    await until('the first alerts are heard', () => listener.alerts.length > 0);
    const free = fillDisk(disk);
    const heard = listener.alerts.length;
    log.write(2_000);
    await until('further alerts are heard', () => listener.alerts.length > heard);
    await stack.ingestor.kill('SIGKILL');
    const restarting = stack.ingestor.restart();
    await until('the ingestor says what is wrong', async () =>
      /checkpoint.*ENOSPC/s.test(await readinessAt(stack.ingestor.opsUrl)),
    );
    free();
    await restarting;
    log.write(500);
    await expectAllOnce(stack, listener);
  },
);

it.skipIf(!canMount)(
  'stores nothing and loses nothing while the disk under the database is full (needs root)',
  { timeout: 300_000 },
  async () => {
    const disk = join(folder, 'data', 'postgres');
    mountTmpfs(disk, '256m');
    const { stack, observer, listener } = await start();
    log.write(500);
    await until('the first alerts are heard', () => listener.alerts.length > 0);
    const free = fillDisk(disk);
    await until('storing fails', async () => {
      log.write(1_000);
      return ((await observer.metric(stack.dispatcher.opsUrl, 'vigil_store_failures_total')) ?? 0) > 0;
    });
    free();
    // PostgreSQL ends itself where not even its journal can be written, which may take it a moment; whoever supervises it starts it again.
    const { postgres } = stack.servers;
    await until('PostgreSQL answers', async () => {
      if (postgres.pid === undefined) await postgres.restart();
      return (await observer.rows('select 1')).length === 1;
    });
    await expectAllOnce(stack, listener);
  },
);
