import { createKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { createRedisAlertBus } from '@vigil/shared/bus/redis-alert-bus';
import { createHttpServer, listen } from '@vigil/shared/http/http-server';
import { publicHealthRoutes } from '@vigil/shared/http/ops-routes';
import { startOpsServer } from '@vigil/shared/http/ops-server';
import { Readiness } from '@vigil/shared/http/readiness';
import { runService } from '@vigil/shared/lifecycle/run-service';
import { createRegistry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { createRedisScorerRoster } from '@vigil/shared/scorers/scorer-roster';
import { openDatabase } from '@vigil/shared/storage/database';
import { readConfig } from './config.ts';
import { queueStatus } from './rest/queue-status.ts';
import { rosterStatus } from './rest/roster-status.ts';
import { startGateway } from './service.ts';

await runService('gateway', readConfig, async (config, { log, lifecycle }) => {
  const registry = createRegistry();
  const readiness = new Readiness();
  const started = readiness.holdUntilStarted();
  lifecycle.onStop('intake', 'readiness', () => readiness.drain());
  await startOpsServer({ host: config.HOST, port: config.OPS_PORT, readiness, registry, lifecycle, log });

  const database = await openDatabase(config.DATABASE_URL, { poolMax: config.DATABASE_POOL_MAX });
  lifecycle.onStop('connections', 'postgres', () => database.close());
  const bus = createRedisAlertBus(config.REDIS_URL, { prefix: config.QUEUE_PREFIX });
  lifecycle.onStop('connections', 'alert bus', () => bus.close());

  // Only asked how deep it is.
  const queue = createRedisQueueBackend(config.REDIS_URL, { prefix: config.QUEUE_PREFIX });
  lifecycle.onStop('connections', 'queue', () => queue.close());
  const roster = createRedisScorerRoster(config.REDIS_URL, config.QUEUE_PREFIX);
  lifecycle.onStop('connections', 'roster', () => roster.close());
  const pipeline = { ...rosterStatus(roster), queues: () => queueStatus(queue) };

  const verifyKey = createKeyVerifier({ static: config.VIGIL_API_KEYS, database });
  const gateway = await startGateway({
    config,
    database,
    bus,
    registry,
    readiness,
    lifecycle,
    log,
    verifyKey,
    pipeline,
  });
  const app = createHttpServer({ log, trustProxy: config.TRUSTED_PROXIES, streams: gateway.streams });
  publicHealthRoutes(app, readiness);
  gateway.routes(app);
  gateway.attachWebSocket(app.server);
  const url = await listen(app, lifecycle, config.HOST, config.PORT);
  log.info({ url }, 'listening');
  started();
});
