import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Redis } from 'ioredis';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Client } from 'pg';
import { dockerProblem, images, localImageProblem } from './containers.ts';
import type { DevService, ServiceName } from './dev-service.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { hold } from './testing/hold.ts';
import { waitUntil } from './wait-until.ts';

const starters: Record<ServiceName, () => Promise<DevService>> = {
  redis: async () => startRedis({ origins: ['testcontainers'], appendOnly: true }),
  nats: async () => startNats({ origins: ['testcontainers'] }),
  postgres: async () => startPostgres({ origins: ['testcontainers'] }),
};

const problems = new Map<ServiceName, string>();
const noDocker = await dockerProblem();
for (const name of Object.keys(images) as ServiceName[]) {
  // Not pulled here: a slow network is no failure of ours, and the other suites pull what they use.
  const problem = noDocker ?? (await localImageProblem(images[name]));
  if (problem !== undefined) problems.set(name, problem);
}

/** Writes something, and says whether it is there. */
const memory: Record<ServiceName, { write: (url: string) => Promise<void>; read: (url: string) => Promise<boolean> }> =
  {
    redis: {
      write: async (url) => withRedis(url, async (redis) => void (await redis.set('kept', 'yes'))),
      read: async (url) => withRedis(url, async (redis) => (await redis.get('kept')) === 'yes'),
    },
    nats: {
      write: async (url) =>
        withStreams(url, async (streams) => void (await streams.add({ name: 'KEPT', subjects: ['kept'] }))),
      read: async (url) => withStreams(url, async (streams) => (await streams.names().next()).includes('KEPT')),
    },
    postgres: {
      write: async (url) =>
        withPostgres(url, async (client) => void (await client.query('CREATE TABLE kept (id int)'))),
      read: async (url) =>
        withPostgres(
          url,
          async (client) => (await client.query("SELECT to_regclass('kept') AS it")).rows[0].it === 'kept',
        ),
    },
  };

describe.each(['redis', 'nats', 'postgres'] as const)('%s in a container', (name) => {
  const problem = problems.get(name);
  let service: DevService;

  beforeAll(async () => {
    if (problem === undefined) service = await starters[name]();
  });
  afterAll(async () => {
    await service?.stop();
  });

  test('serves, and keeps URL and data over a kill and a restart', async ({ skip }) => {
    skip(problem !== undefined, problem);
    expect(service.origin).toBe('testcontainers');
    const { url } = service;
    await memory[name].write(url);
    await service.restart();
    expect(await memory[name].read(url)).toBe(true);
    await service.kill?.('SIGKILL');
    const outcome = memory[name].read(url);
    expect(
      await outcome.then(
        () => 'answered',
        () => 'gone',
      ),
    ).toBe('gone');
    await service.restart();
    expect(service.url).toBe(url);
    expect(await memory[name].read(url)).toBe(true);
  });

  test('answers again after a pause', async ({ skip }) => {
    skip(problem !== undefined, problem);
    await service.kill?.('SIGSTOP');
    await service.kill?.('SIGCONT');
    expect(await memory[name].read(service.url)).toBe(true);
  });

  test('does not outlive a parent that SIGKILL ends', async ({ skip }) => {
    skip(problem !== undefined, problem);
    const { parent, servers } = await hold('wait', [name], {
      ...process.env,
      VIGIL_DEV_SERVICES_ORIGINS: 'testcontainers',
    });
    const url = servers[0]?.url ?? '';
    await memory[name].write(url);
    parent.kill('SIGKILL');
    if (parent.signalCode === null) await once(parent, 'exit');
    const unreachable = async (): Promise<boolean> =>
      memory[name].read(url).then(
        () => false,
        () => true,
      );
    await waitUntil(unreachable, { timeoutMs: 20_000, what: 'end of the container' });
    expect(await unreachable()).toBe(true);
  });
});

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

async function withStreams<T>(url: string, use: (streams: JetStreamManager['streams']) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url, reconnect: false, timeout: 3000 });
  try {
    return await use((await jetstreamManager(connection)).streams);
  } finally {
    await connection.close();
  }
}

async function withPostgres<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
