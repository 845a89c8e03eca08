import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createDatabase } from './databases.ts';
import type { DevService } from './dev-service.ts';
import { freePorts } from './free-port.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { startStackProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';
import { guardDirectory } from './watchdog.ts';

export type { StackProcess } from './stack-process.ts';

const run = promisify(execFile);
const cli = resolve(import.meta.dirname, '../../cli/src/main.ts');

// Three waves of processes and then the servers stop within the 10 s that `pnpm stack` promises.
const shutdownTimeoutMs = 2500;
const stopTimeoutMs = 2800;

export type StackServers = { redis: DevService; nats: DevService; postgres: DevService };

export type StackOptions = {
  /** Scorer processes; 1 by default. */
  scorers?: number;
  /** More environment variables for every service. */
  env?: NodeJS.ProcessEnv;
  /** Log files or globs that the ingestor follows. */
  logPaths?: readonly string[];
  /** Servers' data, checkpoint, API key and logs; kept after `stop`. By default temporary, and deleted. */
  dataDir?: string;
  /** Port of the gateway; 0, the default, is a free one. */
  gatewayPort?: number | undefined;
  /** Servers that run already and are the caller's to stop. */
  servers?: Partial<StackServers>;
  /** Hears each line of output of each process. */
  onLine?: ((source: string, line: string) => void) | undefined;
  /** Flags of Node for the services, for instance `--cpu-prof`. */
  nodeArgs?: readonly string[];
};

export type Stack = {
  gatewayUrl: string;
  ingestorUrl: string;
  /** With every right. */
  apiKey: string;
  databaseUrl: string;
  dataDir: string;
  servers: StackServers;
  ingestor: StackProcess;
  /** In the order in which they started; `addScorer` adds to them. */
  scorers: StackProcess[];
  dispatcher: StackProcess;
  gateway: StackProcess;
  addScorer(): Promise<StackProcess>;
  /** Ingestor, scorers, dispatcher and gateway, then the servers that this stack started. Safe to call twice. */
  stop(): Promise<void>;
};

/**
 * Runs Vigil as Kubernetes does: Redis, NATS and PostgreSQL, the migrations, and then each service as a process of its own, wired
 * by environment variables alone and not restarted when it ends. Resolves once everything is ready.
 * @throws Error with the output of what did not start; everything else is stopped again
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const temporary = options.dataDir === undefined;
  const dataDir = temporary ? mkdtempSync(join(tmpdir(), 'vigil-stack-')) : resolve(options.dataDir ?? '');
  if (temporary) guardDirectory(dataDir);
  else mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const releases: (() => Promise<void>)[] = [];
  if (temporary) {
    releases.push(async () => {
      rmSync(dataDir, { recursive: true, force: true });
    });
  }
  const stop = async (): Promise<void> => {
    for (const release of releases.splice(0).toReversed()) await release();
  };
  try {
    return await assemble(options, dataDir, releases, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(
  options: StackOptions,
  dataDir: string,
  releases: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const servers = await startServers(options, dataDir, releases);
  let databaseUrl = servers.postgres.url;
  if (servers.postgres.origin === 'environment') {
    const database = await createDatabase(servers.postgres);
    releases.push(database.drop);
    databaseUrl = database.url;
  }
  const apiKey = readOrMakeApiKey(dataDir);
  const [ingestorPort = 0, freeGatewayPort = 0] = await freePorts(2);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOST: '127.0.0.1',
    SHUTDOWN_TIMEOUT_MS: String(shutdownTimeoutMs),
    // Spreading reconnects over time is for a fleet of gateways.
    WS_DRAIN_MS: '200',
    VIGIL_API_KEYS: `stack:admin:${apiKey}`,
    INGEST_PATHS: (options.logPaths ?? []).map((path) => resolve(path)).join(','),
    CHECKPOINT_PATH: join(dataDir, 'checkpoint.json'),
    ...options.env,
    REDIS_URL: servers.redis.url,
    NATS_URL: servers.nats.url,
    DATABASE_URL: databaseUrl,
  };
  await migrate(env);

  const start = async (
    name: string,
    service: 'ingestor' | 'scorer' | 'dispatcher' | 'gateway',
    port?: number,
  ): Promise<StackProcess> => {
    const { onLine, nodeArgs = [] } = options;
    return startStackProcess({ name, service, env, port, dataDir, nodeArgs, stopTimeoutMs, onLine });
  };
  const startScorer = async (index: number): Promise<StackProcess> => start(`scorer-${index}`, 'scorer');

  const scorers: StackProcess[] = [];
  const first: StackProcess[] = [];
  const waves: StackProcess[][] = [first, scorers];
  // Downstream first, so that the line's journey is open to its end before the first line sets out; stopped the other way round.
  for (const wave of waves) releases.push(async () => void (await Promise.all(wave.map(async (one) => one.stop()))));
  const keep = async (wave: StackProcess[], starting: Promise<StackProcess>): Promise<StackProcess> => {
    const started = await starting;
    wave.push(started);
    return started;
  };
  const settled = await Promise.allSettled([
    keep(first, start('dispatcher', 'dispatcher')),
    keep(first, start('gateway', 'gateway', options.gatewayPort || freeGatewayPort)),
    ...Array.from({ length: options.scorers ?? 1 }, async (_, index) => keep(scorers, startScorer(index + 1))),
  ]);
  // Only once all have settled: what is still starting would otherwise miss the stop.
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  const dispatcher = named(first, 'dispatcher');
  const gateway = named(first, 'gateway');
  scorers.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));

  const ingestor = await start('ingestor', 'ingestor', ingestorPort);
  releases.push(async () => ingestor.stop());
  return {
    gatewayUrl: gateway.url ?? '',
    ingestorUrl: ingestor.url ?? '',
    apiKey,
    databaseUrl,
    dataDir,
    servers,
    ingestor,
    scorers,
    dispatcher,
    gateway,
    addScorer: async () => keep(scorers, startScorer(scorers.length + 1)),
    stop,
  };
}

function named(processes: readonly StackProcess[], name: string): StackProcess {
  const found = processes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} did not start`);
  return found;
}

async function startServers(
  options: StackOptions,
  dataDir: string,
  releases: (() => Promise<void>)[],
): Promise<StackServers> {
  const own = async (given: DevService | undefined, start: () => Promise<DevService>): Promise<DevService> => {
    if (given !== undefined) return given;
    const service = await start();
    releases.push(async () => service.stop());
    return service;
  };
  const { redis, nats, postgres } = options.servers ?? {};
  const settled = await Promise.allSettled([
    // What is kept over a restart of the stack must also be kept by Redis: queued batches are behind the checkpoint.
    own(redis, async () => startRedis({ dataDir: join(dataDir, 'redis'), appendOnly: true })),
    own(nats, async () => startNats({ dataDir: join(dataDir, 'nats') })),
    own(postgres, async () => startPostgres({ dataDir: join(dataDir, 'postgres') })),
  ]);
  const [one, two, three] = settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  return { redis: one, nats: two, postgres: three } as StackServers;
}

/** The key of an earlier run on the folder, or a new one in the shape that the services make too. */
function readOrMakeApiKey(dataDir: string): string {
  const file = join(dataDir, 'api-key');
  if (!existsSync(file)) writeFileSync(file, `vgl_${randomBytes(32).toString('base64url')}`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

async function migrate(env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run(process.execPath, [cli, 'migrate'], { env, timeout: 120_000 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`vigil migrate failed:\n${stdout}${stderr}`, { cause: error });
  }
}
