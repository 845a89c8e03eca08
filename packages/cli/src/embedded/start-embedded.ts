import { EmbeddedPostgresInUseError, startEmbeddedPostgres } from '@vigil/dev-services/embedded-postgres';
import { startDispatcher } from '@vigil/dispatcher/service';
import { configuredSinks } from '@vigil/dispatcher/sinks/outputs';
import { startGateway } from '@vigil/gateway/service';
import { startIngestor } from '@vigil/ingestor/service';
import { hashApiKey } from '@vigil/shared/auth/api-keys';
import { createKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { createHttpServer, listen } from '@vigil/shared/http/http-server';
import { publicHealthRoutes } from '@vigil/shared/http/ops-routes';
import { Readiness } from '@vigil/shared/http/readiness';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { createLogger, type DestinationStream } from '@vigil/shared/logging/logger';
import {
  createPostgresQueueBackend,
  keepJobsUncompressed,
  takeOverJobs,
} from '@vigil/shared/queue/postgres-queue-backend';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import { dropForeignSettings } from '@vigil/shared/storage/foreign-settings';
import { UserError } from '../exit.ts';
import type { EmbeddedConfig } from './config.ts';
import type { DataDir } from './data-dir.ts';
import { embeddedPipeline } from './pipeline-status.ts';
import { ProcessRegistry } from './scoring-thread/process-registry.ts';
import { ScoringThread } from './scoring-thread/scoring-thread.ts';

export interface EmbeddedOptions {
  config: EmbeddedConfig;
  dataDir: DataDir;
  /** Files, globs, or `-`. */
  paths: readonly string[];
  lifecycle: Lifecycle;
  /** Hears that the database has ended by itself, with how it did: nothing goes on without it, and nobody starts it again. */
  onDatabaseEnd: (error: Error) => void;
  /** Takes the log records of all services. */
  logTo: DestinationStream;
}

/**
 * All four services in this process, the scorer in a thread of its own, on a PostgreSQL of its own: queues and events live in it,
 * windows in memory, alerts pass in process, and one port carries everything. Returns the address. Releases are registered against
 * the flow, so that a stop goes with it: what the ingestor took is scored, stored and told before the database ends.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<string> {
  const { config, dataDir, lifecycle, logTo } = options;
  dropForeignSettings(process.env);
  const logger = (service: string) => createLogger(service, config.LOG_LEVEL, logTo);
  const scoring = new ScoringThread({
    data: {
      rulesDir: config.RULES_DIR,
      timeZone: config.SOURCE_TIME_ZONE,
      logLevel: config.LOG_LEVEL,
      shutdownTimeoutMs: config.SHUTDOWN_TIMEOUT_MS,
    },
    writeLog: (line) => logTo.write(line),
  });
  lifecycle.onStop('connections', 'scoring thread', () => scoring.end());
  const registry = new ProcessRegistry(() => scoring.metrics());
  const readiness = new Readiness();
  lifecycle.onStop('intake', 'readiness', () => readiness.drain());

  const databaseUrl = await openPostgres(options);
  dataDir.writeDatabaseUrl(databaseUrl);
  const database = await openDatabase(databaseUrl);
  lifecycle.onStop('connections', 'database', () => database.close());
  await migrate(database, (change) => logger('vigil').info(change, 'changing the database, which may take a while'));
  const queue = createPostgresQueueBackend(databaseUrl);
  lifecycle.onStop('connections', 'queue', () => queue.close());
  await queue.ping();
  await keepJobsUncompressed(database);
  await takeOverJobs(database);
  const bus = createMemoryAlertBus();
  lifecycle.onStop('connections', 'alert bus', () => bus.close());
  const verifyKey = createKeyVerifier({ static: [ownKey(dataDir.apiKey), ...config.VIGIL_API_KEYS], database });
  const shared = { database, queue, bus, registry, readiness, lifecycle, verifyKey };

  const pipeline = embeddedPipeline(queue, () => scoring.rules(), database);
  const gateway = await startGateway({ ...shared, config, pipeline, log: logger('gateway') });
  startDispatcher({
    ...shared,
    concurrency: 4,
    retentionDays: config.RETENTION_DAYS,
    eventsGbMax: config.RETENTION_GB_MAX,
    sinks: configuredSinks(config),
    log: logger('dispatcher'),
  });
  await scoring.start(databaseUrl, { readiness, lifecycle });
  const ingestor = await startIngestor({
    ...shared,
    config: { ...config, INGEST_PATHS: [...options.paths], CHECKPOINT_PATH: dataDir.checkpointPath },
    log: logger('ingestor'),
  });

  const app = createHttpServer({ log: logger('http'), trustProxy: config.TRUSTED_PROXIES, streams: gateway.streams });
  publicHealthRoutes(app, readiness);
  gateway.routes(app);
  ingestor.routes(app);
  gateway.attachWebSocket(app.server);
  return listen(app, lifecycle, config.HOST, config.PORT);
}

async function openPostgres({ dataDir, lifecycle, onDatabaseEnd }: EmbeddedOptions): Promise<string> {
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: dataDir.databaseDir });
    lifecycle.onStop('connections', 'postgres', () => postgres.stop());
    void postgres.ended().then((how) => lifecycle.stopping || onDatabaseEnd(new Error(how)));
    return postgres.url;
  } catch (error) {
    if (error instanceof EmbeddedPostgresInUseError)
      throw new UserError(`${error.message}: Vigil is already running there.`);
    throw error;
  }
}

function ownKey(apiKey: string) {
  return { name: 'local', scopes: ['admin'] as const, sha256: hashApiKey(apiKey) };
}
