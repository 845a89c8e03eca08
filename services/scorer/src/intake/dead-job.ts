import { CONTRACT_VERSION, lineBatchSchema, type ScoredBatch } from '@vigil/shared/contracts';
import { claimsOfJob } from '@vigil/shared/queue/job-claims';
import type { Job } from '@vigil/shared/queue/job-queue';
import { storableText } from '@vigil/shared/text/storable-text';

/**
 * The scored batch of a job that nobody can handle: no line of it is scored, and the dispatcher writes it whole to the dead letters.
 * So such a job ends like any other, whatever release sent it.
 */
export function deadJobBatch(
  job: Pick<Job, 'id' | 'data'>,
  why: { detail: string; stack: string },
  nowMs: number,
  rulesVersion: string,
): ScoredBatch {
  const claims = claimsOfJob('lines', job.data);
  const letterId = `lines/${job.id}`;
  const rejected = Object.values(claims.rejected).reduce((sum, count) => sum + count, 0);
  const readable = lineBatchSchema.safeParse(job.data);
  return {
    v: CONTRACT_VERSION,
    // A batch that stopped its worker may have been passed on before that: under its own id it is not counted twice.
    id: readable.success ? readable.data.id : letterId,
    source: claims.source,
    linesRead: claims.lines + rejected,
    scored: { LOW: 0, MEDIUM: 0, HIGH: 0 },
    rejected: claims.rejected,
    deadLines: [],
    deadJobs: [
      {
        id: letterId,
        lines: claims.lines,
        // Storable as it is: JSON escapes what is not.
        payload: JSON.stringify(job.data) ?? 'undefined',
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
