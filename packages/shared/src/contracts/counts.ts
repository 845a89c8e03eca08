import { z } from 'zod';

const count = z.number().int().nonnegative();

/** Why a line was not scored. Low-cardinality: each is a metric label and a row in the tallies. */
export const rejectionReasonSchema = z.enum([
  'empty',
  'too_long',
  'unparsable',
  'invalid_timestamp',
  'invalid_encoding',
  'not_a_string',
]);
export type RejectionReason = z.infer<typeof rejectionReasonSchema>;

/** Rejected lines by reason; a reason that did not occur is absent. */
export const rejectedCountsSchema = z.partialRecord(rejectionReasonSchema, count);
export type RejectedCounts = z.infer<typeof rejectedCountsSchema>;

/** Scored lines by severity. */
export const scoredCountsSchema = z.object({ LOW: count, MEDIUM: count, HIGH: count });
export type ScoredCounts = z.infer<typeof scoredCountsSchema>;
