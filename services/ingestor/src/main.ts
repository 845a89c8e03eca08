import { createKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { createHttpServer, listen } from '@vigil/shared/http/http-server';
import { startOpsServer } from '@vigil/shared/http/ops-server';
import { Readiness } from '@vigil/shared/http/readiness';
import { runService } from '@vigil/shared/lifecycle/run-service';
import { createRegistry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { openDatabase } from '@vigil/shared/storage/database';
import { readConfig } from './config.ts';
import { startIngestor } from './service.ts';

await runService('ingestor', readConfig, async (config, { log, lifecycle, tracing }) => {
  const registry = createRegistry();
  const readiness = new Readiness();
  const started = readiness.holdUntilStarted();
  lifecycle.onStop('intake', 'readiness', () => readiness.drain());

  const queue = createRedisQueueBackend(config.REDIS_URL, {
    prefix: config.QUEUE_PREFIX,
    telemetry: tracing?.queueTelemetry,
  });
  lifecycle.onStop('connections', 'queue', () => queue.close());
  readiness.require('redis', () => queue.ping());

  const database = config.DATABASE_URL === undefined ? undefined : await openDatabase(config.DATABASE_URL);
  if (database !== undefined) lifecycle.onStop('connections', 'database', () => database.close());
  const verifyKey = createKeyVerifier({ static: config.VIGIL_API_KEYS, database });

  const opsUrl = await startOpsServer({
    host: config.HOST,
    port: config.OPS_PORT,
    readiness,
    registry,
    lifecycle,
    log,
  });
  const ingestor = await startIngestor({ config, queue, registry, readiness, lifecycle, log, verifyKey });
  const app = createHttpServer({ log, trustProxy: config.TRUSTED_PROXIES });
  ingestor.routes(app);
  const url = await listen(app, lifecycle, config.HOST, config.PORT);
  log.info({ url, opsUrl, paths: config.INGEST_PATHS }, 'taking lines in');
  void ingestor.done.then(() => log.info('all sources were read to their end'));
  started();
});
