import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { embeddedPipeline } from '@vigil/cli/embedded/pipeline-status';
import { rulesInUse } from '@vigil/cli/embedded/scoring-thread/rules-in-use';
import { startDispatcher } from '@vigil/dispatcher/service';
import { gatewaySettings } from '@vigil/gateway/config';
import { startGateway } from '@vigil/gateway/service';
import { ingestSchema } from '@vigil/ingestor/config';
import { startIngestor } from '@vigil/ingestor/service';
import { createEngineSource } from '@vigil/scorer/rules/engine-source';
import { startScorer } from '@vigil/scorer/service';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { hashApiKey, type ApiKey } from '@vigil/shared/auth/api-keys';
import { createKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { createHttpServer, listen } from '@vigil/shared/http/http-server';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { Registry } from '@vigil/shared/metrics/metrics';
import { createPostgresQueueBackend } from '@vigil/shared/queue/postgres-queue-backend';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import { testLogger } from '@vigil/shared/testing/test-logger';

/** As `openssl rand -base64 32` makes them: with signs that neither a subprotocol nor a fragment can hold as they are. */
export const KEY = 'q83v/jRWeJCrze8SNFZ4kKvN7xI0+niQq83vEjRWeJA=';
export const READ_ONLY_KEY = 'vgl_console-test-reader-0123456789';

export interface RunningVigil {
  url: string;
  /** Appends to the log that is followed. */
  write(...lines: string[]): void;
  stop(): Promise<void>;
}

/** All four services on a real PostgreSQL in this process, following one log: what the console has before it in the embedded mode. */
export async function startVigil(postgresUrl: string, port = 0): Promise<RunningVigil> {
  const home = mkdtempSync(path.join(tmpdir(), 'vigil-console-'));
  const logFile = path.join(home, 'access.log');
  writeFileSync(logFile, '');
  const log = testLogger();
  const lifecycle = new Lifecycle(log, 10_000);
  const database = await openDatabase(postgresUrl);
  lifecycle.onStop('connections', 'database', () => database.close());
  await migrate(database);
  const queue = createPostgresQueueBackend(postgresUrl);
  lifecycle.onStop('connections', 'queue', () => queue.close());
  const bus = createMemoryAlertBus();
  const keys: ApiKey[] = [
    { name: 'operator', scopes: ['read', 'stream'], sha256: hashApiKey(KEY) },
    { name: 'reader', scopes: ['read'], sha256: hashApiKey(READ_ONLY_KEY) },
  ];
  const verifyKey = createKeyVerifier({ static: keys, database });
  const shared = {
    database,
    queue,
    bus,
    registry: new Registry(),
    readiness: new Readiness(),
    lifecycle,
    log,
    verifyKey,
  };

  const config = gatewaySettings({ REQUESTS_PER_MINUTE_MAX: 100_000, WS_DRAIN_MS: 50 });
  const engine = createEngineSource();
  const pipeline = embeddedPipeline(queue, async () => rulesInUse(engine), database);
  const gateway = await startGateway({ ...shared, config, pipeline });
  startDispatcher({ ...shared, concurrency: 2, retentionDays: 0 });
  startScorer({ ...shared, registry: new Registry(), concurrency: 2, windows: createMemoryWindowStore(), engine });
  await startIngestor({
    ...shared,
    config: ingestSchema.parse({ INGEST_PATHS: logFile, CHECKPOINT_PATH: path.join(home, 'checkpoint.json') }),
  });
  const app = createHttpServer({ log });
  gateway.routes(app);
  gateway.attachWebSocket(app.server);
  return {
    url: await listen(app, lifecycle, '127.0.0.1', port),
    write: (...lines) => appendFileSync(logFile, lines.map((line) => `${line}\n`).join('')),
    stop: async () => {
      await lifecycle.stop('test');
      rmSync(home, { recursive: true, force: true });
    },
  };
}
