import { z } from 'zod';
import { rejectedCountsSchema, scoredCountsSchema } from './counts.ts';
import { CONTRACT_VERSION, FORMAT_LENGTH_MAX } from './line-batch.ts';
import { scoredRequestSchema } from './scored-request.ts';
import { clockTimeMs } from './times.ts';

const count = z.number().int().nonnegative();

/** A line that no scorer could handle: kept whole, with the reason, so that an operator can look and requeue it. */
export const deadLineSchema = z.object({
  id: z.uuid(),
  position: z.number().int().nonnegative(),
  line: z.string(),
  reason: z.string(),
  stack: z.string(),
});
export type DeadLine = z.infer<typeof deadLineSchema>;

/** A job of the `lines` queue that no scorer could handle: an unknown contract version, a payload that does not unpack, one that stops every worker. */
export const deadJobSchema = z.object({
  /** The job's id in its queue. */
  id: z.string(),
  /** Lines that it claims to hold, including those that the ingestor gave up; 0 where that is unknown. They count as read. */
  lines: count,
  /** The job's data as JSON, whole. */
  payload: z.string(),
  reason: z.string(),
  stack: z.string(),
});

/**
 * What became of one LineBatch: detections in full, the rest as tallies.
 * `linesRead = Σ scored + Σ rejected + deadLines.length + Σ deadJobs.lines` always holds; the dispatcher refuses a batch where it does not.
 */
export const scoredBatchSchema = z.object({
  v: z.literal(CONTRACT_VERSION),
  /** Id of the LineBatch. */
  id: z.string(),
  source: z.string(),
  /** As in the LineBatch: what a dead line's id was made of, so that it keeps it when it is requeued. */
  fingerprint: z.string().max(128).optional(),
  positions: z.enum(['bytes', 'lines']).optional(),
  /** As in the LineBatch: a dead line that is requeued is read in no other format. */
  format: z.string().max(FORMAT_LENGTH_MAX).optional(),
  linesRead: count,
  scored: scoredCountsSchema,
  rejected: rejectedCountsSchema,
  deadLines: z.array(deadLineSchema),
  /** At most one: the job itself, where it could not be read. */
  deadJobs: z.array(deadJobSchema).optional(),
  detections: z.array(scoredRequestSchema),
  /** Times that a suppression kept a request from alerting, by the suppression's id. */
  suppressed: z.record(z.string(), count),
  /** Shadow packs against the active one: requests that only the one or the other would have alerted on, by pack. */
  shadow: z.record(z.string(), z.object({ onlyActive: count, onlyShadow: count })),
  rulesVersion: z.string(),
  readAtMs: clockTimeMs,
  scoredAtMs: clockTimeMs,
  traceparent: z.string().max(64).optional(),
});
export type ScoredBatch = z.infer<typeof scoredBatchSchema>;
