import { timeZone } from '@vigil/detection/formats/time-zone';
import type { Readiness } from '@vigil/shared/http/readiness';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { Logger } from '@vigil/shared/logging/logger';
import { saySeldom } from '@vigil/shared/logging/say-seldom';
import type { Registry } from '@vigil/shared/metrics/metrics';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { watchProgress, type Progress } from '@vigil/shared/queue/watch-progress';
import { createHandler } from './handle-job.ts';
import { createKillerFinder, type FindKillers } from './isolation/find-killers.ts';
import { ScorerMetrics } from './metrics.ts';
import type { EngineSource } from './rules/engine-source.ts';
import { BatchScorer } from './scoring/batch-scorer.ts';
import type { WindowStore } from './windows/window-store.ts';

export interface ScorerParts {
  /** Batches at hand at once. */
  concurrency: number;
  queue: QueueBackend;
  windows: WindowStore;
  engine: EngineSource;
  /** Zone of times that name none, as `SOURCE_TIME_ZONE` names it; absent, they are UTC. */
  timeZone?: string | undefined;
  /** Replaces the thread in which suspected batches are tried; for tests. */
  findKillers?: FindKillers;
  registry: Registry;
  readiness: Readiness;
  lifecycle: Lifecycle;
  log: Logger;
}

export interface Scorer {
  /** Lines scored since the start. */
  linesScored(): Promise<number>;
}

/** Turns line batches into scored batches. Connections are the caller's. */
export function startScorer(parts: ScorerParts): Scorer {
  const { queue, windows, engine, lifecycle, log, readiness } = parts;
  const metrics = new ScorerMetrics(parts.registry);
  const { signal } = lifecycle;
  const stopWatching = engine.watch?.({
    onReload: ({ version }) => {
      metrics.ruleReloads.inc({ outcome: 'taken' });
      metrics.rulesRefused.set(0);
      log.info({ rules_version: version }, 'changed rules are in use');
    },
    onRefused: (problems) => {
      metrics.ruleReloads.inc({ outcome: 'refused' });
      metrics.rulesRefused.set(1);
      log.error({ problems }, 'changed rules are not valid; the old ones stay');
    },
  });
  if (stopWatching !== undefined) lifecycle.onStop('intake', 'rules', stopWatching);
  const zone = parts.timeZone === undefined ? undefined : timeZone(parts.timeZone);
  const scorer = new BatchScorer({ engine: () => engine.current(), windows, zone, metrics, log, signal });
  let progress: Progress | undefined;
  const handle = createHandler({
    onWait: () => progress?.touch(),
    scorer,
    scored: queue.producer('scored'),
    findKillers: parts.findKillers ?? createKillerFinder({ rules: () => engine.rules() }),
    rulesVersion: () => engine.current().version,
    metrics,
    log,
    signal,
  });
  const consumer = queue.consumer('lines', handle, {
    concurrency: parts.concurrency,
    onError: saySeldom((err) => log.warn({ err }, 'queue "lines"')),
  });
  lifecycle.onStop('drain', 'consumer of "lines"', () => consumer.close());
  readiness.require('windows', () => windows.ping());
  progress = watchProgress({ queueName: 'lines', consumer, queue, lifecycle });
  readiness.requireAlive('consumer', progress.check);
  return {
    linesScored: async () => {
      const { values } = await metrics.linesScored.get();
      return values.reduce((sum, { value }) => sum + value, 0);
    },
  };
}
