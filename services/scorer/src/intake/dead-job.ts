import { CONTRACT_VERSION, rejectedCountsSchema, type RejectedCounts, type ScoredBatch } from '@vigil/shared/contracts';
import type { Job } from '@vigil/shared/queue/job-queue';
import { storableText } from '@vigil/shared/text/storable-text';

/** More lines than any batch holds: a count above is not to be believed. */
const LINES_MAX = 1_000_000;

/**
 * The scored batch of a job that nobody can read: no line of it is scored, and the dispatcher writes it whole to the dead letters.
 * So such a job ends like any other, whatever release sent it.
 */
export function deadJobBatch(
  job: Job,
  why: { detail: string; stack: string },
  nowMs: number,
  rulesVersion: string,
): ScoredBatch {
  const claims = claimsOf(job.data);
  const id = `lines/${job.id}`;
  const rejected = Object.values(claims.rejected).reduce((sum, count) => sum + count, 0);
  return {
    v: CONTRACT_VERSION,
    id,
    source: claims.source,
    linesRead: claims.lines + rejected,
    scored: { LOW: 0, MEDIUM: 0, HIGH: 0 },
    rejected: claims.rejected,
    deadLines: [],
    deadJobs: [
      {
        id,
        lines: claims.lines,
        payload: storableText(JSON.stringify(job.data) ?? 'undefined'),
        reason: storableText(why.detail),
        stack: storableText(why.stack),
      },
    ],
    detections: [],
    suppressed: {},
    shadow: {},
    rulesVersion,
    readAtMs: nowMs,
    scoredAtMs: nowMs,
  };
}

/** What a job says of itself, as far as it can be believed: the ingestor counted those lines as read. */
function claimsOf(data: unknown): { source: string; lines: number; rejected: RejectedCounts } {
  const claims = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const { source, lineCount } = claims;
  const isCount = Number.isInteger(lineCount) && (lineCount as number) >= 0 && (lineCount as number) <= LINES_MAX;
  const rejected = rejectedCountsSchema.safeParse(claims['rejected']);
  const isBelievable = rejected.success && Object.values(rejected.data).every((count) => (count ?? 0) <= LINES_MAX);
  return {
    source: typeof source === 'string' && source !== '' ? storableText(source.slice(0, 512)) : 'unknown',
    lines: isCount ? (lineCount as number) : 0,
    rejected: isBelievable ? rejected.data : {},
  };
}
