import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { EmbeddedPostgresInUseError, probePostgresUrl, startEmbeddedPostgres } from './embedded-postgres.ts';
import { embeddedPostgresBinaries } from './postgres-binaries.ts';
import { isRunning, processCommand } from './process-identity.ts';
import { childrenOf } from './testing/children.ts';
import { allGone, hold } from './testing/hold.ts';

// Real servers, perhaps on a machine that is busy already.
vi.setConfig({ testTimeout: 120_000 });

const template = mkdtempSync(join(tmpdir(), 'vigil-embedded-template-'));
let dataDir = '';
const releases: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const service = await startEmbeddedPostgres({ dataDir: template, durable: false });
  await service.stop();
});

afterAll(() => {
  rmSync(template, { recursive: true, force: true });
});

beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'vigil-embedded-test-')), 'data with blank, "quotes" and $(touch)');
});

/** Spares a test that is about something else the creation of the cluster. */
function useTemplate(): void {
  cpSync(template, dataDir, { recursive: true });
}

afterEach(async () => {
  for (const release of releases.splice(0)) await release();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function start(): ReturnType<typeof startEmbeddedPostgres> {
  const service = await startEmbeddedPostgres({ dataDir, durable: false });
  releases.push(async () => service.stop());
  return service;
}

test('keeps data and password over stop and start, in UTF-8 and C order, for its user only', async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE kept AS SELECT 'größer' AS word");
  const { password } = new URL(first.url);
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  expect(password.length).toBeGreaterThan(20);
  await first.stop();
  await first.stop();

  const second = await start();
  expect(new URL(second.url).password).toBe(password);
  expect(await query(second.url, 'SELECT * FROM kept')).toEqual([{ word: 'größer' }]);
  const settings = `SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone,
    (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS collation`;
  expect(await query(second.url, settings)).toEqual([{ encoding: 'UTF8', zone: 'UTC', collation: 'C' }]);
});

test('lets nobody in without the password, and nobody from another machine', async () => {
  useTemplate();
  const { url } = await start();
  const wrong = new URL(url);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password/);
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && !address.internal && address.family === 'IPv4');
  const attempts = outside.map(async (address) => {
    const elsewhere = new URL(url);
    elsewhere.hostname = address?.address ?? '';
    return query(elsewhere.href, 'SELECT 1').then(
      () => 'let in',
      (error: NodeJS.ErrnoException) => error.code,
    );
  });
  expect(new Set(await Promise.all(attempts)).difference(new Set(['ECONNREFUSED']))).toEqual(new Set());
});

// As in most containers.
test.runIf(process.getuid?.() === 0)('runs for root where there are no namespaces of users', async () => {
  const programs = join(dataDir, '..', 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${programs}${delimiter}${process.env['PATH']}`);
  try {
    // In a folder that nobody else may enter, as /root is.
    expect(statSync(join(dataDir, '..')).mode & 0o777).toBe(0o700);
    symlinkSync(dirname((await embeddedPostgresBinaries()).initdb), join(programs, 'bin'));
    const binaries = { postgres: join(programs, 'bin/postgres'), initdb: join(programs, 'bin/initdb') };
    const service = await startEmbeddedPostgres({ dataDir, durable: false, binaries });
    releases.push(async () => service.stop());
    expect(await query(service.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  } finally {
    vi.unstubAllEnvs();
  }
});

// As containers give them, `docker run --user 54321` for one.
test.runIf(process.platform === 'linux')('runs for a user without a name', async () => {
  const nameless = ['unshare', '--user', '--map-user=54321', '--map-group=54321'];
  const { parent, servers } = await hold('wait', [`dir=${dataDir}`], process.env, nameless);
  releases.push(async () => {
    parent.kill('SIGTERM');
    await allGone([parent.pid ?? 0, ...servers.map(({ pid }) => pid)]);
  });
  expect(await query(servers[0]?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('is durable unless told otherwise', async () => {
  const service = await startEmbeddedPostgres({ dataDir });
  releases.push(async () => service.stop());
  const shown = "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit";
  expect(await query(service.url, shown)).toEqual([{ fsync: 'on', commit: 'on' }]);
});

test('a second start on the same folder says which process has it', async () => {
  useTemplate();
  const { parent, servers } = await hold('wait', [`dir=${dataDir}`], process.env);
  releases.push(async () => {
    parent.kill('SIGKILL');
    await allGone(servers.map(({ pid }) => pid));
  });
  const failure: unknown = await startEmbeddedPostgres({ dataDir }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EmbeddedPostgresInUseError);
  expect((failure as EmbeddedPostgresInUseError).pid).toBe(parent.pid);
  await probePostgresUrl(servers[0]?.url ?? '');
});

test('starts again at once after SIGKILL of its parent, with what was committed', async () => {
  useTemplate();
  const { parent, servers } = await hold('wait', [`dir=${dataDir}`], process.env);
  await query(servers[0]?.url ?? '', 'CREATE TABLE kept AS SELECT 7 AS n');
  parent.kill('SIGKILL');
  const next = await start();
  expect(await query(next.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('stops a server that outlived its parent and its watchdog, then starts its own', async () => {
  useTemplate();
  const { parent, servers } = await hold('wait', [`dir=${dataDir}`], process.env);
  const orphan = servers[0]?.pid ?? 0;
  await query(servers[0]?.url ?? '', 'CREATE TABLE kept AS SELECT 7 AS n');
  // Held, or it may start another watchdog before it is killed itself.
  parent.kill('SIGSTOP');
  process.kill(watchdogOf(parent.pid ?? 0), 'SIGKILL');
  parent.kill('SIGKILL');
  await allGone([parent.pid ?? 0]);
  expect(isRunning(orphan)).toBe(true);

  const next = await start();
  expect(isRunning(orphan)).toBe(false);
  expect(await query(next.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('is not held up by the pid file of a dead server whose pid belongs to somebody else now', async () => {
  useTemplate();
  const first = await start();
  await first.kill?.('SIGKILL');
  await first.stop();
  const pidFile = join(dataDir, 'cluster/postmaster.pid');
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  writeFileSync(pidFile, [process.pid, ...lines.slice(1)].join('\n'));
  const second = await start();
  expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('begins anew where a first start was killed during the creation of the cluster', async () => {
  mkdirSync(join(dataDir, 'cluster.new-half'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster.new-half/PG_VERSION'), '18');
  const service = await start();
  expect(await query(service.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('refuses data of another PostgreSQL version and says what to do', async () => {
  useTemplate();
  const first = await start();
  await first.stop();
  writeFileSync(join(dataDir, 'cluster/PG_VERSION'), '12\n');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/of PostgreSQL 12.*dump it/);
});

test.each(['"', '$', '`', '\\'])(
  'says that it cannot make a database with programs below a folder with %s',
  async (sign) => {
    const { postgres } = await embeddedPostgresBinaries();
    const binaries = { postgres, initdb: `/a${sign}b/bin/initdb` };
    await expect(startEmbeddedPostgres({ dataDir, binaries })).rejects.toThrow(/initdb cannot run, since its path has/);
  },
);

test('says how initdb ended that says nothing itself', async () => {
  const { postgres } = await embeddedPostgresBinaries();
  const initdb = join(dataDir, '../initdb');
  writeFileSync(initdb, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  chmodSync(dirname(initdb), 0o755);
  const binaries = { postgres, initdb };
  await expect(startEmbeddedPostgres({ dataDir, binaries })).rejects.toThrow(/initdb failed: Command failed: .*initdb/);
});

test('restart keeps URL and data, also after a kill', async () => {
  useTemplate();
  const service = await start();
  await query(service.url, 'CREATE TABLE kept AS SELECT 1 AS n');
  const before = service.url;
  await service.kill?.('SIGKILL');
  expect(service.pid).toBeUndefined();
  await service.restart();
  await service.restart();
  expect(service.url).toBe(before);
  expect(await query(before, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
});

test('restart does not wait for a statement that goes on after its server was killed', async () => {
  useTemplate();
  const service = await start();
  const client = new Client({ connectionString: service.url });
  client.on('error', () => undefined);
  await client.connect();
  const endless = client.query('DO $$ BEGIN LOOP END LOOP; END $$').catch(() => 'cut off');
  const running = "SELECT 1 AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'";
  await expect.poll(() => query(service.url, running)).toEqual([{ n: 1 }]);
  await service.kill?.('SIGKILL');
  await service.restart();
  expect(await endless).toBe('cut off');
  expect(await query(service.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
});

function watchdogOf(parent: number): number {
  const found = childrenOf(parent).find((pid) => processCommand(pid)?.includes('vigil-watchdog'));
  if (found === undefined) throw new Error(`no watchdog of ${parent}`);
  return found;
}
