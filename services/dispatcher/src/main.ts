import { createRedisAlertBus } from '@vigil/shared/bus/redis-alert-bus';
import { startOpsServer } from '@vigil/shared/http/ops-server';
import { Readiness } from '@vigil/shared/http/readiness';
import { runService } from '@vigil/shared/lifecycle/run-service';
import { createRegistry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { openDatabase } from '@vigil/shared/storage/database';
import { readConfig } from './config.ts';
import { createJetStreamSink } from './sinks/jetstream-sink.ts';
import { configuredSinks } from './sinks/outputs.ts';
import { startDispatcher } from './service.ts';

await runService('dispatcher', readConfig, async (config, { log, lifecycle, tracing }) => {
  const registry = createRegistry();
  const readiness = new Readiness();
  const started = readiness.holdUntilStarted();
  lifecycle.onStop('intake', 'readiness', () => readiness.drain());
  await startOpsServer({ host: config.HOST, port: config.OPS_PORT, readiness, registry, lifecycle, log });

  const database = await openDatabase(config.DATABASE_URL);
  lifecycle.onStop('connections', 'postgres', () => database.close());
  const queue = createRedisQueueBackend(config.REDIS_URL, {
    prefix: config.QUEUE_PREFIX,
    telemetry: tracing?.queueTelemetry,
  });
  lifecycle.onStop('connections', 'queue', () => queue.close());
  readiness.require('redis', () => queue.ping());
  const bus = createRedisAlertBus(config.REDIS_URL, { prefix: config.QUEUE_PREFIX });
  lifecycle.onStop('connections', 'alert bus', () => bus.close());

  const sinks = configuredSinks(config);
  if (config.NATS_URL !== undefined)
    sinks.push(
      createJetStreamSink({
        url: config.NATS_URL,
        stream: config.NATS_STREAM,
        maxAgeHours: config.NATS_MAX_AGE_HOURS,
        replicas: config.NATS_REPLICAS,
      }),
    );
  startDispatcher({
    concurrency: config.DISPATCHER_CONCURRENCY,
    retentionDays: config.RETENTION_DAYS,
    eventsGbMax: config.RETENTION_GB_MAX,
    database,
    queue,
    bus,
    sinks,
    registry,
    readiness,
    lifecycle,
    log,
  });
  started();
});
