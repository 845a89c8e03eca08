import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import type { ScoredBatch, ScoredRequest } from '@vigil/shared/contracts';
import type { Readiness } from '@vigil/shared/http/readiness';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { retry } from '@vigil/shared/lifecycle/retry';
import { sayTogether, type Logger } from '@vigil/shared/logging/logger';
import { saySeldom } from '@vigil/shared/logging/say-seldom';
import type { Registry } from '@vigil/shared/metrics/metrics';
import { leaveToLaterRelease, whyHopeless, type Job, type QueueBackend } from '@vigil/shared/queue/job-queue';
import { registerQueueGauges } from '@vigil/shared/queue/queue-gauges';
import { watchProgress, type Progress } from '@vigil/shared/queue/watch-progress';
import { inSpan } from '@vigil/shared/tracing/in-span';
import { activeTraceparent } from '@vigil/shared/tracing/traceparent';
import { pendingMigrations, type Database } from '@vigil/shared/storage/database';
import { isTooSlow } from '@vigil/shared/storage/database-errors';
import { DEFAULT_RETENTION } from '@vigil/shared/storage/retention/retention';
import type { AlertSink } from './sinks/alert-sink.ts';
import { readScoredBatch } from './storing/batch-intake.ts';
import { createBusSink } from './sinks/bus-sink.ts';
import { EventStore, type StoreResult } from './storing/event-store.ts';
import { registerDatabaseGauges, registerSizeGauges } from './gauges.ts';
import { GroupCommit } from './storing/group-commit.ts';
import { JobsAtHand } from './storing/jobs-at-hand.ts';
import { DispatcherMetrics } from './metrics.ts';
import { Partitions } from './storing/partitions.ts';
import { storeIsolatingPoison, watched } from './storing/poison.ts';
import { RelayLeader } from './relay/relay-leader.ts';
import { scheduleRetention } from './retention/retention-schedule.ts';
import { BYTES_PER_GB, scheduleSizeBound } from './retention/size-bound.ts';

export interface DispatcherParts {
  concurrency: number;
  /** Days that events are kept; 0 leaves retention to others. */
  retentionDays: number;
  /** What the days of events may take on PostgreSQL's disk, GB; 0 or undefined bounds nothing. */
  eventsGbMax?: number;
  database: Database;
  queue: QueueBackend;
  bus: AlertBus;
  /** Sinks besides the bus; they are closed here. */
  sinks?: readonly AlertSink[];
  registry: Registry;
  readiness: Readiness;
  lifecycle: Lifecycle;
  log: Logger;
}

/** Stores what the scorers found and tells it, in that order. Connections are the caller's. */
export function startDispatcher(parts: DispatcherParts): void {
  const { database, queue, lifecycle, log, readiness } = parts;
  const metrics = new DispatcherMetrics(parts.registry);
  registerQueueGauges(parts.registry, queue);
  readiness.require('postgres', () => database.ping());
  readiness.require('migrations', async () => {
    const pending = await pendingMigrations(database);
    if (pending.length > 0) throw new Error(`run "vigil migrate": ${pending.join(', ')} pending`);
  });

  const sinks = [createBusSink(parts.bus), ...(parts.sinks ?? [])];
  registerDatabaseGauges(parts.registry, database, sinks);
  const eventsBytesMax = (parts.eventsGbMax ?? 0) * BYTES_PER_GB;
  registerSizeGauges(parts.registry, database, eventsBytesMax);
  for (const sink of sinks) lifecycle.onStop('connections', `sink ${sink.name}`, () => sink.close());

  // The relay ends after the last batch is stored, so that what was taken is also told.
  const relayStop = new AbortController();
  const relay = new RelayLeader({ database, sinks, metrics, log, signal: relayStop.signal });
  relay.start();
  lifecycle.onStop('flush', 'relay', async () => {
    relayStop.abort();
    await relay.stopped();
  });

  const partitions = new Partitions(database);
  const store = new EventStore(database, partitions);
  let progress: Progress | undefined;
  const warnSlow = saySeldom((err) => log.warn({ err }, 'PostgreSQL does not store in time; trying in portions'));
  const storing = watched(store, (error) => {
    // Also where PostgreSQL is away: nobody is stuck.
    progress?.touch();
    if (!isTooSlow(error)) return;
    metrics.storeFailures.inc();
    warnSlow(error);
  });
  const storeGroup = async (batches: ScoredBatch[]): Promise<void> => {
    const endTimer = metrics.storeSeconds.startTimer();
    const result = await retry(() => storeIsolatingPoison(storing, batches), {
      signal: lifecycle.signal,
      onRetry: (err, attempt) => {
        // Those that took too long were counted one by one.
        if (!isTooSlow(err)) metrics.storeFailures.inc();
        partitions.forget();
        if (attempt === 1 || attempt % 20 === 0) log.warn({ err, attempt }, 'cannot store; trying again');
      },
      onRecovery: (failures) => log.info({ failures }, 'storing again'),
    });
    endTimer();
    const nowMs = Date.now();
    // The clock of the machine that read them may be ahead of this one.
    for (const { readAtMs } of batches) metrics.batchAgeSeconds.observe(Math.max(0, nowMs - readAtMs) / 1_000);
    metrics.repeatedBatches.inc(result.repeatedBatches);
    countDead(log, metrics, result.dead);
    if (result.stored.length > 0) relay.wake(result.stored);
    countStored(metrics, result.stored);
    sayTogether(() => {
      for (const event of result.stored) logEvent(log, event);
    });
  };
  const atHand = new JobsAtHand(parts.concurrency);
  const commit = new GroupCommit({ store: storeGroup, batchesMax: () => atHand.limit });

  if (parts.retentionDays > 0) {
    const policy = { ...DEFAULT_RETENTION, eventsDays: parts.retentionDays };
    const schedule = scheduleRetention(database, policy, metrics, log);
    lifecycle.onStop('intake', 'retention', () => schedule.stop());
  }
  if (eventsBytesMax > 0) {
    const bound = { bytesMax: eventsBytesMax, sinks: sinks.map(({ name }) => name) };
    const schedule = scheduleSizeBound(database, bound, metrics, log);
    lifecycle.onStop('intake', 'retention by size', () => schedule.stop());
  }

  const handle = async (job: Job): Promise<void> => {
    const intake = readScoredBatch(job.data);
    if (intake.ok) consumer.limitTo(atHand.after(intake.batch));
    const hopeless = whyHopeless(job);
    if (intake.ok && hopeless === undefined) {
      const traceparent = activeTraceparent() ?? intake.batch.traceparent;
      return inSpan('store events', () => commit.add({ ...intake.batch, traceparent }));
    }
    if (hopeless === undefined) leaveToLaterRelease(job, log);
    const reason = intake.ok ? hopeless! : (hopeless ?? intake.reason);
    log.error({ job: job.id, reason }, 'a job was dead-lettered');
    metrics.deadLetters.inc({ kind: 'job' });
    await store.deadLetterJob(job.id, job.data, reason, intake.ok ? intake.batch.id : undefined);
  };
  const consumer = queue.consumer('scored', handle, {
    concurrency: atHand.limit,
    onError: saySeldom((err) => log.warn({ err }, 'queue "scored"')),
  });
  lifecycle.onStop('drain', 'consumer of "scored"', () => consumer.close());
  progress = watchProgress({ queueName: 'scored', consumer, queue, lifecycle });
  readiness.requireAlive('consumer', progress.check);
}

function countStored(metrics: DispatcherMetrics, events: readonly ScoredRequest[]): void {
  const high = events.filter(({ severity }) => severity === 'HIGH').length;
  metrics.stored.inc({ severity: 'HIGH' }, high);
  metrics.stored.inc({ severity: 'MEDIUM' }, events.length - high);
}

function countDead(log: Logger, metrics: DispatcherMetrics, dead: StoreResult['dead']): void {
  metrics.deadLetters.inc({ kind: 'line' }, dead.line);
  metrics.deadLetters.inc({ kind: 'job' }, dead.job);
  if (dead.line + dead.job > 0) log.error(dead, 'dead letters were written; "vigil dlq list" shows them');
}

/** One record per stored event; the seed fixes its fields. */
function logEvent(log: Logger, event: ScoredRequest): void {
  log.info(
    {
      severity: event.severity,
      score: event.score,
      ip: event.sourceIp,
      path: event.path,
      matched_rules: event.matchedRules,
      id: event.id,
    },
    'threat',
  );
}
