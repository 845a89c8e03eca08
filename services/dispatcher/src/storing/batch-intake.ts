import { CONTRACT_VERSION, scoredBatchSchema, type ScoredBatch } from '@vigil/shared/contracts';

export type Intake = { ok: true; batch: ScoredBatch } | { ok: false; reason: string };

/** Names of properties stand in reasons, and a job may hold any. */
const REASON_LENGTH_MAX = 500;

/** Takes a job of the `scored` queue apart, or says why this release cannot store it. */
export function readScoredBatch(data: unknown): Intake {
  const version = (data as { v?: unknown } | null)?.v;
  if (version !== CONTRACT_VERSION) {
    return {
      ok: false,
      reason: `contract version ${versionText(version)}; this release knows ${CONTRACT_VERSION}`,
    };
  }
  const parsed = scoredBatchSchema.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const reason = `invalid: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`;
    return { ok: false, reason: reason.slice(0, REASON_LENGTH_MAX) };
  }
  const batch = parsed.data;
  const accounted = linesAccounted(batch);
  if (accounted !== batch.linesRead) {
    return { ok: false, reason: `read ${batch.linesRead} lines but accounts for ${accounted}` };
  }
  return { ok: true, batch };
}

/** Bounded: a job may hold anything in place of its version. */
function versionText(version: unknown): string {
  return (JSON.stringify(version) ?? 'absent').slice(0, 20);
}

/** Lines that a batch dead-letters, by themselves or within a job. */
export function deadLineCount(batch: ScoredBatch): number {
  return (batch.deadJobs ?? []).reduce((total, job) => total + job.lines, batch.deadLines.length);
}

function linesAccounted(batch: ScoredBatch): number {
  const sum = (counts: Record<string, number | undefined>) =>
    Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
  return sum(batch.scored) + sum(batch.rejected) + deadLineCount(batch);
}
