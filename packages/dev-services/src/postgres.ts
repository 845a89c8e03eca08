import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startContainer } from './containers.ts';
import type { DevService, StartOptions } from './dev-service.ts';
import { probePostgresUrl, startEmbeddedPostgres } from './embedded-postgres.ts';
import { firstThatStarts, fromEnvironment, Unavailable } from './origins.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { checkProgram, findOnPath, programs } from './programs.ts';

/**
 * Finds or starts a PostgreSQL server: URL in VIGIL_TEST_POSTGRES_URL, Docker, the `embedded-postgres` package, and `postgres`
 * with `initdb` on the PATH. Embedded goes before the PATH since it is there anyway, and the same version for everybody.
 * @throws Error that names what was tried and what to install
 */
export async function startPostgres(options: StartOptions = {}): Promise<DevService> {
  const onBinaries = async (binaries?: PostgresBinaries): Promise<DevService> =>
    startEmbeddedPostgres({
      dataDir: options.dataDir ?? mkdtempSync(join(tmpdir(), 'vigil-postgres-')),
      persistent: options.dataDir !== undefined,
      durable: false,
      port: options.port,
      binaries,
    });
  return firstThatStarts(
    'postgres',
    [
      {
        origin: 'environment',
        start: async () => fromEnvironment('postgres', async (url) => probePostgresUrl(url.href)),
      },
      { origin: 'testcontainers', start: async () => inContainer(options) },
      { origin: 'embedded', start: async () => onBinaries() },
      {
        origin: 'path',
        start: async () => {
          const found = findOnPath('postgres');
          if (found === undefined) throw new Unavailable('no postgres on the PATH');
          // Distributions link the programs into the PATH; initdb looks for its companions beside the real one.
          const postgres = realpathSync(found);
          const initdb = findOnPath('initdb', dirname(postgres)) ?? findOnPath('initdb');
          if (initdb === undefined) throw new Unavailable(`no initdb beside ${postgres}`);
          await checkProgram(postgres, process.env, programs.postgres);
          const service = await onBinaries({ postgres, initdb: realpathSync(initdb) });
          return Object.defineProperty(service, 'origin', { value: 'path' });
        },
      },
    ],
    options,
  );
}

async function inContainer(options: StartOptions): Promise<DevService> {
  const account = { POSTGRES_USER: 'vigil', POSTGRES_PASSWORD: 'vigil', POSTGRES_DB: 'vigil' };
  const url = (host: string, port: number): string => `postgres://vigil:vigil@${host}:${port}/vigil`;
  return startContainer(
    {
      name: 'postgres',
      environment: account,
      containerPort: 5432,
      // The image starts the server once to set it up, and then again for good.
      readyLog: /database system is ready to accept connections/,
      readyLogTimes: 2,
      url,
      probe: async (host, port) => probePostgresUrl(url(host, port)),
    },
    options,
  );
}
