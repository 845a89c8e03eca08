import { createConnection } from 'node:net';
import { cpus, totalmem } from 'node:os';
import { startNats } from '@vigil/dev-services/nats';
import { startPostgres } from '@vigil/dev-services/postgres';
import { startRedis } from '@vigil/dev-services/redis';
import type { DevService } from '@vigil/dev-services/dev-service';
import { openDatabase } from '@vigil/shared/storage/database';

/** The line above each section's figures: the command, the day, the machine, and what ran. */
export async function describeRun(command: string): Promise<string> {
  const date = new Date().toISOString().slice(0, 10);
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) and ${memoryGb} GB shared by everything`;
  const [redis, nats, postgres] = await Promise.all([redisVersion(), natsVersion(), postgresVersion()]);
  return `\`${command}\`, ${date}: ${machine}; Node ${process.versions.node}, Redis ${redis}, NATS ${nats}, PostgreSQL ${postgres}.`;
}

async function redisVersion(): Promise<string> {
  return asked(await startRedis(), async ({ url }) => {
    const answer = await talk(url, 'INFO server\r\nQUIT\r\n');
    return /redis_version:(\S+)/.exec(answer)?.[1] ?? 'unknown';
  });
}

async function natsVersion(): Promise<string> {
  return asked(await startNats(), async ({ url }) => {
    const answer = await talk(url, '');
    return /"version":"([^"]+)"/.exec(answer)?.[1] ?? 'unknown';
  });
}

async function postgresVersion(): Promise<string> {
  return asked(await startPostgres(), async ({ url }) => {
    const database = await openDatabase(url, { poolMax: 1 });
    try {
      const [row] = await database.query<{ server_version: string }>('show server_version');
      return row?.server_version ?? 'unknown';
    } finally {
      await database.close();
    }
  });
}

async function asked(server: DevService, ask: (server: DevService) => Promise<string>): Promise<string> {
  try {
    return await ask(server);
  } finally {
    await server.stop();
  }
}

/** What a server says on a plain connection, to `said` or by itself; the first packet is enough. */
function talk(url: string, said: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port) }, () => socket.write(said));
    socket.setTimeout(5_000, () => socket.destroy(new Error(`${url} says nothing`)));
    socket.once('data', (data: Buffer) => {
      socket.destroy();
      resolve(data.toString('latin1'));
    });
    socket.once('error', reject);
  });
}
