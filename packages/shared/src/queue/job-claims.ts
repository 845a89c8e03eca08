import { rejectedCountsSchema, SOURCE_LENGTH_MAX, type RejectedCounts } from '../contracts/index.ts';
import { storableText } from '../text/storable-text.ts';
import type { QueueName } from './job-queue.ts';

/** More lines than any batch holds: a count above is not to be believed. */
const LINES_MAX = 1_000_000;

/** What a job says of itself: the books count it so where it is dead-lettered whole, and take the same out again when it is requeued. */
export interface JobClaims {
  source: string;
  /** Lines that count as dead. */
  lines: number;
  /** Lines that were given up before, and stay counted as that. */
  rejected: RejectedCounts;
}

/** What a job that nobody could handle claims, as far as it can be believed. Never throws. */
export function claimsOfJob(queue: QueueName, data: unknown): JobClaims {
  const fields = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const { source, lineCount, linesRead } = fields;
  const count = queue === 'lines' ? lineCount : linesRead;
  return {
    source: typeof source === 'string' && source !== '' ? storableText(source.slice(0, SOURCE_LENGTH_MAX)) : 'unknown',
    lines: Number.isInteger(count) && (count as number) >= 0 && (count as number) <= LINES_MAX ? (count as number) : 0,
    rejected: queue === 'lines' ? believable(fields['rejected']) : {},
  };
}

function believable(given: unknown): RejectedCounts {
  const rejected = rejectedCountsSchema.safeParse(given);
  return rejected.success && Object.values(rejected.data).every((count) => (count ?? 0) <= LINES_MAX)
    ? rejected.data
    : {};
}
