import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestLimit } from '@vigil/shared/auth/request-limit';
import type { LineBatch, RejectedCounts } from '@vigil/shared/contracts';
import { ProblemError } from '@vigil/shared/http/problem';
import { answerWithin } from '@vigil/shared/lifecycle/answer-within';
import type { JobProducer } from '@vigil/shared/queue/job-queue';
import type { Admission } from '../backpressure.ts';
import type { IngestMetrics } from '../metrics.ts';
import { batchesOfPush, pushFingerprint } from './push-batches.ts';
import { linesOfJson, linesOfText, type PushLimits, type PushedLines } from './push-body.ts';
import { BodyBudget, readBody } from './read-body.ts';

/** A push that the queue has not accepted after this long is answered with 503; sending it again is harmless. */
const ENQUEUE_TIMEOUT_MS = 10_000;
const RETRY_AFTER_SECONDS = 2;
/** Source of lines whose pusher names none. */
const DEFAULT_SOURCE = 'http';

export interface PushOptions {
  producer: JobProducer<LineBatch>;
  requests: RequestLimit;
  admission: () => Admission;
  limits: PushLimits & { batchLinesMax: number; batchBytesMax: number; bodyBytesMax: number; inFlightBytesMax: number };
  /** Format where the push names none. */
  format: string | undefined;
  metrics: IngestMetrics;
  onEnqueued: (batches: readonly LineBatch[]) => void;
}

/** What curl sends for instance, where it is told nothing else, is the type of a form. */
function typeNotSupported(types: readonly string[]): ProblemError {
  const detail = `Say in the content-type what the body is: ${types.join(', ')}.`;
  return new ProblemError({ status: 415, title: 'Type not supported', detail });
}

/**
 * `POST /ingest/batch`: `{"lines": […], "source"?, "batch_id"?, "format"?}`, or raw lines as `application/x-ndjson` or
 * `text/plain` with the rest in the query; gzip is understood. Answers 202 only once the queue has the lines.
 */
export function pushRoutes(app: FastifyInstance, options: PushOptions): void {
  const budget = new BodyBudget(options.limits.inFlightBytesMax);
  // In a scope of its own: these parsers must not reach the routes of others that share the server.
  app.register(async (scope) => {
    const types = ['application/json', 'application/x-ndjson', 'text/plain'];
    scope.addContentTypeParser(types, { bodyLimit: options.limits.bodyBytesMax }, (_request, payload, done) =>
      done(null, payload),
    );
    scope.setErrorHandler((error: FastifyError) => {
      throw error.statusCode === 415 ? typeNotSupported(types) : error;
    });
    scope.addHook('onResponse', async (_request, reply) => {
      options.metrics.pushes.inc({ status: String(reply.statusCode) });
    });
    scope.post('/ingest/batch', { onRequest: options.requests.admit('ingest') }, async (request, reply) => {
      const principal = options.requests.principalOf(request)!;
      requireOpen(options.admission());
      const share = budget.share();
      let enqueued: Promise<void> | undefined;
      try {
        const body = await readBody(request.raw, options.limits.bodyBytesMax, share);
        const pushed = linesOf(request, body, options.limits);
        const batchId = pushed.batchId ?? randomUUID();
        const origin = {
          source: pushed.source ?? DEFAULT_SOURCE,
          fingerprint: pushFingerprint(principal.name, batchId),
          format: pushed.format ?? options.format,
        };
        const { batchLinesMax: linesMax, batchBytesMax: bytesMax } = options.limits;
        const batches = batchesOfPush(pushed, origin, { linesMax, bytesMax }, Date.now());
        enqueued = options.producer.addAll(batches.map((batch) => ({ id: batch.id, data: batch })));
        await inTime(enqueued, batchId);
        options.onEnqueued(batches);
        count(options.metrics, pushed, batches.length, body.length);
        return await reply
          .code(202)
          .send({ accepted: pushed.kept.length, rejected: pushed.rejected, batch_id: batchId });
      } finally {
        // A queue that does not answer holds the lines for longer than their pusher waits.
        void Promise.allSettled([enqueued]).then(() => share.release());
      }
    });
  });
}

function linesOf(request: FastifyRequest, body: Buffer, limits: PushLimits): PushedLines {
  const type = request.headers['content-type'] ?? '';
  const takeApart = /^application\/json\b/i.test(type) ? linesOfJson : linesOfText;
  return takeApart(body, request.query, limits);
}

function requireOpen(admission: Admission): void {
  if (admission.open) return;
  const why = admission.reason === 'queue_unreachable' ? 'The queue cannot be reached' : 'The queue is full';
  throw unavailable(`${why}; send the batch again later.`, {});
}

async function inTime(enqueued: Promise<void>, batchId: string): Promise<void> {
  try {
    await answerWithin(() => enqueued, ENQUEUE_TIMEOUT_MS);
  } catch {
    // A part may have been added: with the same id the rest follows and nothing counts twice.
    throw unavailable('The queue did not take the batch; send it again with this batch_id.', { batch_id: batchId });
  }
}

function unavailable(detail: string, more: Record<string, string>): ProblemError {
  return new ProblemError(
    { status: 503, title: 'Not taking lines', detail, retry_after_seconds: RETRY_AFTER_SECONDS, ...more },
    { 'retry-after': String(RETRY_AFTER_SECONDS) },
  );
}

function count(metrics: IngestMetrics, pushed: PushedLines, batches: number, bytes: number): void {
  const rejected = Object.entries(pushed.rejected) as [keyof RejectedCounts, number][];
  const lines = rejected.reduce((sum, [, n]) => sum + n, pushed.kept.length);
  metrics.linesRead.inc({ source_kind: 'http' }, lines);
  metrics.bytesRead.inc({ source_kind: 'http' }, bytes);
  metrics.batches.inc(batches);
  for (const [reason, n] of rejected) metrics.rejected.inc({ reason }, n);
}
