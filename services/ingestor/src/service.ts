import type { FastifyInstance } from 'fastify';
import type { Readable } from 'node:stream';
import type { KeyVerifier } from '@vigil/shared/auth/authenticate';
import { RequestLimit } from '@vigil/shared/auth/request-limit';
import type { Readiness } from '@vigil/shared/http/readiness';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { Logger } from '@vigil/shared/logging/logger';
import type { Registry } from '@vigil/shared/metrics/metrics';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { Backpressure, flushIntervalMs } from './backpressure.ts';
import { CheckpointFile, prepareCheckpointFolder } from './checkpoint/checkpoint-file.ts';
import { KnownContents } from './checkpoint/known-contents.ts';
import type { IngestConfig } from './config.ts';
import { ReadBuffer } from './files/byte-source.ts';
import type { ReadingContext } from './files/reading.ts';
import { createIngestMetrics } from './metrics.ts';
import { Pipeline } from './pipeline.ts';
import { Pump } from './pump.ts';
import { pushRoutes } from './push/push-routes.ts';
import { SourceSet } from './source-set.ts';

export interface IngestorOptions {
  config: IngestConfig;
  queue: QueueBackend;
  registry: Registry;
  readiness: Readiness;
  lifecycle: Lifecycle;
  log: Logger;
  verifyKey: KeyVerifier;
  /** Read for the path `-`; the process's standard input by default. */
  stdin?: Readable;
}

export interface Ingestor {
  /** Adds `POST /ingest/batch`. */
  routes(app: FastifyInstance): void;
  /** Resolves when all sources were read to their end and accepted; never while a file is followed. */
  readonly done: Promise<void>;
}

/**
 * Follows the configured files and takes pushes, into the queue of lines. Registers its stop: reading ends, what was read goes out,
 * the checkpoint is written.
 * @throws CheckpointError where the checkpoint cannot be used
 */
export async function startIngestor(options: IngestorOptions): Promise<Ingestor> {
  const { config, queue, registry, readiness, lifecycle, log, verifyKey } = options;
  const metrics = createIngestMetrics(registry);
  await prepareCheckpointFolder(config.CHECKPOINT_PATH);
  const checkpoint = new CheckpointFile(config.CHECKPOINT_PATH);
  lifecycle.onStop('connections', 'checkpoint', () => checkpoint.close());
  const known = new KnownContents(await checkpoint.read());
  const producer = queue.producer('lines');

  const backpressure = new Backpressure({
    queue,
    waitingMax: config.QUEUE_DEPTH_MAX,
    memoryShareMax: config.QUEUE_MEMORY_SHARE_MAX,
    metrics,
    log,
    onChange: () => pump.wake(),
  });
  const pipeline = new Pipeline({
    producer,
    saveCheckpoint: () => checkpoint.write(known.snapshot(Date.now())),
    metrics,
    log,
    signal: lifecycle.signal,
    onEnqueued: (batches) => backpressure.added(batches),
  });
  const pump = new Pump({
    isOpen: () => backpressure.admission.open,
    room: () => pipeline.room(),
    flushIntervalMs: () => flushIntervalMs(config.FLUSH_INTERVAL_MS, backpressure.waitingAtLook),
    pollIntervalMs: config.POLL_INTERVAL_MS,
    log,
  });
  const limits = {
    linesMax: config.BATCH_LINES_MAX,
    bytesMax: config.BATCH_BYTES_MAX,
    lineBytesMax: config.LINE_BYTES_MAX,
  };
  const context: ReadingContext = {
    known,
    buffer: new ReadBuffer(),
    limits,
    format: config.INGEST_FORMAT,
    emit: (batch) => pipeline.push(batch),
    touch: () => pipeline.touch(),
    metrics,
    log,
  };

  await backpressure.start();
  lifecycle.onStop('intake', 'backpressure', () => backpressure.stop());
  pump.start();
  lifecycle.onStop('intake', 'pump', () => pump.stop());
  const sources = new SourceSet({ config, pump, context, stdin: options.stdin });
  await sources.start();
  lifecycle.onStop('intake', 'sources', () => sources.stop());
  pipeline.start();
  lifecycle.onStop('drain', 'pipeline', () => pipeline.close());

  metrics.observeSources(() => pump.sources);
  readiness.require('ingest queue', () => problem(pipeline.queueProblem));
  readiness.require('checkpoint', () => problem(pipeline.checkpointProblem));

  return {
    done: sources.allRead(() => pipeline.isIdle),
    routes: (app) =>
      pushRoutes(app, {
        producer,
        requests: new RequestLimit({ perMinuteMax: config.PUSHES_PER_MINUTE_MAX, verifyKey }),
        admission: () => backpressure.admission,
        limits: {
          lineBytesMax: config.LINE_BYTES_MAX,
          linesMax: config.PUSH_LINES_MAX,
          batchLinesMax: config.BATCH_LINES_MAX,
          batchBytesMax: config.BATCH_BYTES_MAX,
          bodyBytesMax: config.PUSH_BYTES_MAX,
          inFlightBytesMax: config.PUSH_IN_FLIGHT_BYTES_MAX,
        },
        format: config.INGEST_FORMAT,
        metrics,
        onEnqueued: (batches) => backpressure.added(batches),
      }),
  };
}

function problem(reason: string | undefined): void {
  if (reason !== undefined) throw new Error(reason);
}
