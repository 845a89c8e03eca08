import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDatabase } from './databases.ts';
import type { DevService } from './dev-service.ts';
import { startNats } from './nats.ts';
import { programFromPackage } from './package-cache.ts';
import { startPostgres } from './postgres.ts';
import { isRunning } from './process-identity.ts';
import { findOnPath } from './programs.ts';
import { startRedis } from './redis.ts';
import { createServicePool } from './service-pool.ts';

const aptProblem = findOnPath('apt-get') === undefined ? 'no apt-get on this system' : undefined;

let folder = '';
const started: DevService[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-origins-test-'));
  // Containers have a suite of their own.
  vi.stubEnv('VIGIL_DEV_SERVICES_ORIGINS', 'environment,path,package-cache,embedded');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const service of started.splice(0)) await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function own(starting: Promise<DevService>): Promise<DevService> {
  const service = await starting;
  started.push(service);
  return service;
}

describe('environment', () => {
  test('a server from the environment goes before every other, and is neither stopped nor restarted', async () => {
    const redis = await own(startRedis());
    const nats = await own(startNats());
    const postgres = await own(startPostgres());
    vi.stubEnv('VIGIL_TEST_REDIS_URL', redis.url);
    vi.stubEnv('VIGIL_TEST_NATS_URL', nats.url);
    vi.stubEnv('VIGIL_TEST_POSTGRES_URL', postgres.url);

    const found = [await startRedis(), await startNats(), await startPostgres()];
    expect(found.map(({ url, origin }) => ({ url, origin }))).toEqual(
      [redis, nats, postgres].map(({ url }) => ({ url, origin: 'environment' })),
    );
    for (const service of found) {
      await service.stop();
      await expect(service.restart()).rejects.toThrow(/not ours to restart/);
    }
    expect(started.every(({ pid }) => pid !== undefined && isRunning(pid))).toBe(true);
  });

  test('one that does not answer is an error that names the variable, and nothing else is tried', async () => {
    vi.stubEnv('VIGIL_TEST_REDIS_URL', 'redis://127.0.0.1:1');
    await expect(startRedis()).rejects.toThrow(/VIGIL_TEST_REDIS_URL/);
    vi.stubEnv('VIGIL_TEST_NATS_URL', 'nats://127.0.0.1:1');
    await expect(startNats()).rejects.toThrow(/VIGIL_TEST_NATS_URL/);
    vi.stubEnv('VIGIL_TEST_POSTGRES_URL', 'postgres://127.0.0.1:1/x');
    await expect(startPostgres()).rejects.toThrow(/VIGIL_TEST_POSTGRES_URL/);
  });

  test('it is lent to one test file at a time, emptied', async () => {
    const redis = await own(startRedis());
    const nats = await own(startNats());
    vi.stubEnv('VIGIL_TEST_REDIS_URL', redis.url);
    vi.stubEnv('VIGIL_TEST_NATS_URL', nats.url);
    const pool = createServicePool();
    const [first, second] = [pool.lease(), pool.lease()];
    await Promise.all([first.url('redis'), first.url('nats')]);
    const client = new Redis(redis.url);
    const connection = await connect({ servers: nats.url });
    const manager = await jetstreamManager(connection);
    await client.set('left', 'over');
    await manager.streams.add({ name: 'LEFT', subjects: ['over'] });

    let lent = false;
    const waiting = Promise.all([second.url('redis'), second.url('nats')]).then(() => (lent = true));
    expect(await client.dbsize()).toBe(1);
    expect(lent).toBe(false);
    await first.release();
    await waiting;
    expect(await client.dbsize()).toBe(0);
    expect(await manager.streams.names().next()).toEqual([]);
    client.disconnect();
    await connection.close();
    await pool.stop();
  });
});

describe('path', () => {
  test.skipIf(aptProblem !== undefined)('programs on the PATH are run', async () => {
    for (const name of ['redis', 'nats'] as const) {
      const program = await programFromPackage(name);
      symlinkSync(program.command, join(folder, `${name}-server`));
      vi.stubEnv('LD_LIBRARY_PATH', program.env['LD_LIBRARY_PATH'] ?? '');
    }
    const redis = await programFromPackage('redis');
    vi.stubEnv('LD_LIBRARY_PATH', redis.env['LD_LIBRARY_PATH'] ?? '');
    vi.stubEnv('PATH', folder);
    const found = [await own(startRedis({ origins: ['path'] })), await own(startNats({ origins: ['path'] }))];
    expect(found.map(({ name, origin }) => `${name} from ${origin}`)).toEqual(['redis from path', 'nats from path']);
  });

  test('a program that is too old is passed over, with the reason', async () => {
    for (const [program, version] of [
      ['redis-server', 'Redis server v=5.0.14 sha=0'],
      ['nats-server', 'nats-server: v2.1.9'],
      ['postgres', 'postgres (PostgreSQL) 13.4'],
    ] as const) {
      writeFileSync(join(folder, program), `#!/bin/sh\necho '${version}'\n`);
      chmodSync(join(folder, program), 0o755);
    }
    symlinkSync('/bin/true', join(folder, 'initdb'));
    vi.stubEnv('PATH', folder);
    await expect(startRedis({ origins: ['path'] })).rejects.toThrow(/version 5\.0\.14, at least 6\.2 is needed/);
    await expect(startNats({ origins: ['path'] })).rejects.toThrow(/version 2\.1\.9, at least 2\.9 is needed/);
    await expect(startPostgres({ origins: ['path'] })).rejects.toThrow(/version 13\.4, at least 14\.0 is needed/);
  });
});

describe('package cache', () => {
  test.skipIf(aptProblem !== undefined)(
    'the distribution’s packages are run, with the libraries that they need',
    async () => {
      const found = [
        await own(startRedis({ origins: ['package-cache'] })),
        await own(startNats({ origins: ['package-cache'] })),
      ];
      expect(found.map(({ origin }) => origin)).toEqual(['package-cache', 'package-cache']);
    },
  );

  test.skipIf(aptProblem !== undefined)(
    'two at once fetch into an empty cache once, and leave nothing half-done',
    async () => {
      vi.stubEnv('VIGIL_DEV_SERVICES_CACHE', folder);
      const [one, two] = await Promise.all([programFromPackage('redis'), programFromPackage('redis')]);
      expect(one.command).toBe(two.command);
      const [base = ''] = readdirSync(folder);
      expect(readdirSync(join(folder, base)).filter((entry) => entry !== 'apt')).toEqual(['redis']);
    },
  );
});

describe('when there is none', () => {
  test.each([
    ['redis', startRedis, 'redis-server', 'VIGIL_TEST_REDIS_URL'],
    ['nats', startNats, 'nats-server', 'VIGIL_TEST_NATS_URL'],
    ['postgres', startPostgres, 'postgresql', 'VIGIL_TEST_POSTGRES_URL'],
  ] as const)('one error for %s says what was tried and what to install', async (_name, start, debian, variable) => {
    mkdirSync(join(folder, 'empty'));
    vi.stubEnv('PATH', join(folder, 'empty'));
    const failure: unknown = await start({ origins: ['environment', 'path', 'package-cache'] }).catch(
      (error: unknown) => error,
    );
    expect(String(failure)).toContain(`${variable} is not set`);
    expect(String(failure)).toContain('on the PATH');
    expect(String(failure)).toMatch(
      new RegExp(`Debian.*apt-get install ${debian} \\(from Debian 12 or Ubuntu 24\\.04 on\\)`),
    );
    expect(String(failure)).toMatch(/macOS +brew install/);
    expect(String(failure)).toMatch(/Docker +start the Docker daemon/);
  });

  test('a word in VIGIL_DEV_SERVICES_ORIGINS that is no origin is an error', async () => {
    vi.stubEnv('VIGIL_DEV_SERVICES_ORIGINS', 'path,brew');
    await expect(startRedis()).rejects.toThrow(/brew is none of environment, testcontainers/);
  });
});

describe('a started server', () => {
  test('keeps URL and data over a kill and a restart', async () => {
    const redis = await own(startRedis({ appendOnly: true }));
    const nats = await own(startNats());
    const before = new Redis(redis.url);
    await before.set('kept', 'yes');
    before.disconnect();
    const connection = await connect({ servers: nats.url });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'KEPT', subjects: ['kept'] });
    await jetstream(connection).publish('kept', 'yes');
    await connection.close();

    for (const service of [redis, nats]) {
      const { url, pid } = service;
      await service.kill?.('SIGKILL');
      expect(service.pid).toBeUndefined();
      await service.restart();
      expect(service.url).toBe(url);
      expect(service.pid).not.toBe(pid);
    }
    const after = new Redis(redis.url);
    expect(await after.get('kept')).toBe('yes');
    after.disconnect();
    const again = await connect({ servers: nats.url });
    const { state } = await (await jetstreamManager(again)).streams.info('KEPT');
    expect(state.messages).toBe(1);
    await again.close();
  });

  test('stops even while it is paused', async () => {
    const redis = await startRedis();
    const { pid = 0 } = redis;
    await redis.kill?.('SIGSTOP');
    await redis.stop();
    expect(isRunning(pid)).toBe(false);
  });

  test('evicts nothing and refuses writes beyond its memory, as a queue needs', async () => {
    const redis = await own(startRedis({ maxMemory: '2mb' }));
    const client = new Redis(redis.url);
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 100; n += 1) await client.set(`key-${n}`, 'x'.repeat(100_000));
    };
    await expect(fill()).rejects.toThrow(/OOM/);
    client.disconnect();
  });

  test('a database of one’s own is empty, apart from others, and gone after drop even while in use', async () => {
    const server = await own(startPostgres());
    const [one, two] = await Promise.all([createDatabase(server), createDatabase(server)]);
    const client = new Client({ connectionString: one.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('CREATE TABLE mine (id int)');
    const other = new Client({ connectionString: two.url });
    await other.connect();
    await expect(other.query('SELECT * FROM mine')).rejects.toThrow(/does not exist/);
    await other.end();
    await one.drop();
    await two.drop();
    await expect(new Client({ connectionString: one.url }).connect()).rejects.toThrow(/does not exist/);
  });
});
