import type { ScoredBatch } from '@vigil/shared/contracts';
import { retry } from '@vigil/shared/lifecycle/retry';
import type { Logger } from '@vigil/shared/logging/logger';
import {
  leaveToLaterRelease,
  whyHopeless,
  type Job,
  type JobHandler,
  type JobProducer,
} from '@vigil/shared/queue/job-queue';
import { asError } from './as-error.ts';
import { deadJobBatch } from './intake/dead-job.ts';
import { readLineBatch } from './intake/read-line-batch.ts';
import type { FindKillers } from './isolation/find-killers.ts';
import type { ScorerMetrics } from './metrics.ts';
import type { BatchScorer } from './scoring/batch-scorer.ts';

/** From this delivery on a batch is suspected of killing its worker, and tried in isolation first. */
const SUSPECT_ATTEMPT = 3;

export interface HandlerParts {
  scorer: BatchScorer;
  scored: JobProducer<ScoredBatch>;
  findKillers: FindKillers;
  rulesVersion: () => string;
  metrics: ScorerMetrics;
  log: Logger;
  signal: AbortSignal;
  /** A finished batch cannot be passed on yet. */
  onWait?: () => void;
}

/**
 * Handles a job of the `lines` queue: one LineBatch in, one ScoredBatch out. A line that fails is dead-lettered by itself. What makes a
 * job come again passes (the queue cannot be reached, the process stops, another release is to take it); whatever is wrong with the job
 * itself, or with scoring it, ends in the dead letters after a few deliveries at most.
 */
export function createHandler(parts: HandlerParts): JobHandler {
  const { scorer, scored, metrics, log, signal } = parts;

  const giveUp = (job: Job, reason: string, detail: string, stack: string): ScoredBatch => {
    log.error({ job: job.id, reason, detail }, 'a job cannot be handled and goes to the dead letters');
    metrics.jobsDead.inc({ reason });
    return deadJobBatch(job, { detail, stack }, Date.now(), parts.rulesVersion());
  };

  const scoreJob = async (job: Job): Promise<ScoredBatch> => {
    const hopeless = whyHopeless(job);
    if (hopeless !== undefined) return giveUp(job, 'stalls', hopeless, '');
    const endUnpack = metrics.stageSeconds.startTimer({ stage: 'unpack' });
    const intake = readLineBatch(job.data);
    endUnpack();
    if (!intake.ok) {
      leaveToLaterRelease(job, log);
      return giveUp(job, intake.reason, intake.detail, intake.stack);
    }
    const { batch, bytes } = intake;
    if (job.attempt < SUSPECT_ATTEMPT) return scorer.score(batch, bytes);
    metrics.isolatedBatches.inc();
    log.warn({ job: job.id, attempt: job.attempt }, 'a batch came again; its lines are tried in isolation');
    const killers = await parts.findKillers(batch, bytes);
    try {
      return await scorer.score(batch, bytes, killers);
    } catch (error) {
      // Scoring waits for nothing that could heal, and lines fail by themselves: what throws here would throw for ever.
      if (signal.aborted) throw error;
      const { message, stack = '' } = asError(error);
      return giveUp(job, 'engine_error', `scoring it failed ${job.attempt} times: ${message}`, stack);
    }
  };

  return async (job) => {
    const batch = await scoreJob(job);
    const endPublish = metrics.stageSeconds.startTimer({ stage: 'publish' });
    await retry(() => scored.addAll([{ id: scoredJobId(job.id), data: batch }]), {
      signal,
      onRetry: (err, attempt) => {
        parts.onWait?.();
        if (attempt === 1 || attempt % 20 === 0) log.warn({ err, attempt }, 'cannot pass a batch on; trying again');
      },
    });
    endPublish();
  };
}

/** The same for every delivery, so that a batch that was passed on already is not passed on twice while it waits. */
function scoredJobId(jobId: string): string {
  return `sb-${jobId.replaceAll(':', '-')}`;
}
