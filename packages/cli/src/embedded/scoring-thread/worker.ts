import { parentPort, workerData } from 'node:worker_threads';
import { createEngineSource } from '@vigil/scorer/rules/engine-source';
import { startScorer } from '@vigil/scorer/service';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { createPostgresQueueBackend } from '@vigil/shared/queue/postgres-queue-backend';
import type { Answers, FromThread, Question, ThreadData, ToThread } from './protocol.ts';
import { rulesInUse } from './rules-in-use.ts';

const { rulesDir, timeZone, logLevel, shutdownTimeoutMs } = workerData as ThreadData;
const port = parentPort!;
const tell = (message: FromThread): void => port.postMessage(message);

const log = createLogger('scorer', logLevel, { write: (line) => tell({ log: line }) });
const lifecycle = new Lifecycle(log, shutdownTimeoutMs);
const readiness = new Readiness();
const registry = new Registry();
const engine = createEngineSource({ rulesDir });

function begin(databaseUrl: string): void {
  const queue = createPostgresQueueBackend(databaseUrl);
  lifecycle.onStop('connections', 'queue', () => queue.close());
  const windows = createMemoryWindowStore();
  lifecycle.onStop('connections', 'windows', () => windows.close());
  startScorer({
    concurrency: 4,
    queue,
    windows,
    engine,
    timeZone,
    registry,
    readiness,
    lifecycle,
    log,
  });
  tell({ begun: true });
}

const answers: { [Q in Question]: () => Promise<Answers[Q]> } = {
  ready: async () => (await readiness.ready()).checks,
  alive: async () => (await readiness.alive()).checks,
  metrics: () => registry.getMetricsAsJSON(),
  rules: async () => rulesInUse(engine),
  stop: () => lifecycle.stop('the process stops'),
};
port.on('message', (message: ToThread) => {
  if ('begin' in message) return begin(message.begin.databaseUrl);
  const { id, question } = message;
  void answers[question]().then((answer) => tell({ id, answer }));
});
