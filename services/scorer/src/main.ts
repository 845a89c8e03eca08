import { hostname } from 'node:os';
import { startOpsServer } from '@vigil/shared/http/ops-server';
import { Readiness } from '@vigil/shared/http/readiness';
import { runService } from '@vigil/shared/lifecycle/run-service';
import { createRegistry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { registerQueueGauges } from '@vigil/shared/queue/queue-gauges';
import { createRedisScorerRoster } from '@vigil/shared/scorers/scorer-roster';
import { readConfig } from './config.ts';
import { reportStatus } from './report-status.ts';
import { createEngineSource } from './rules/engine-source.ts';
import { startScorer } from './service.ts';
import { warmUp } from './warm-up.ts';
import { createRedisWindowStore } from './windows/redis-window-store.ts';

await runService('scorer', readConfig, async (config, { log, lifecycle, tracing }) => {
  const registry = createRegistry();
  const readiness = new Readiness();
  const started = readiness.holdUntilStarted();
  lifecycle.onStop('intake', 'readiness', () => readiness.drain());
  await startOpsServer({ host: config.HOST, port: config.OPS_PORT, readiness, registry, lifecycle, log });

  const queue = createRedisQueueBackend(config.REDIS_URL, {
    prefix: config.QUEUE_PREFIX,
    telemetry: tracing?.queueTelemetry,
  });
  lifecycle.onStop('connections', 'queue', () => queue.close());
  readiness.require('redis', () => queue.ping());
  registerQueueGauges(registry, queue);
  const windows = createRedisWindowStore(config.REDIS_URL, { prefix: config.QUEUE_PREFIX });
  lifecycle.onStop('connections', 'windows', () => windows.close());

  const roster = createRedisScorerRoster(config.REDIS_URL, config.QUEUE_PREFIX);
  lifecycle.onStop('connections', 'roster', () => roster.close());
  const engine = createEngineSource({ rulesDir: config.RULES_DIR });

  await warmUp(engine.current(), config.SCORER_WARM_UP_LINES, lifecycle.signal);
  if (lifecycle.stopping) return;
  const scorer = startScorer({
    concurrency: config.SCORER_CONCURRENCY,
    queue,
    windows,
    engine,
    timeZone: config.SOURCE_TIME_ZONE,
    registry,
    readiness,
    lifecycle,
    log,
  });
  // On Kubernetes the host's name is the pod's; on one machine there may be several.
  const id = `${hostname()}:${process.pid}`;
  reportStatus({ roster, id, engine, linesScored: () => scorer.linesScored(), lifecycle, log });
  started();
});
