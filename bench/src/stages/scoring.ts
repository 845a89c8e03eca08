import type { Engine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { createHandler } from '@vigil/scorer/handle-job';
import { readLineBatch } from '@vigil/scorer/intake/read-line-batch';
import { ScorerMetrics } from '@vigil/scorer/metrics';
import { BatchScorer } from '@vigil/scorer/scoring/batch-scorer';
import { createRedisWindowStore } from '@vigil/scorer/windows/redis-window-store';
import type { LineBatch, ScoredBatch } from '@vigil/shared/contracts';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { secondsOf, type Stage } from './stage.ts';

/** Batches at hand at once, as in the service. */
const CONCURRENCY = 4;

/** Scores the batches as a scorer's handler does, its windows in Redis; what it would pass on is returned. */
export async function scoreBatches(
  redisUrl: string,
  engine: Engine,
  batches: readonly LineBatch[],
): Promise<{ scored: ScoredBatch[]; seconds: number }> {
  const windows = createRedisWindowStore(redisUrl, { prefix: `scoring-${crypto.randomUUID()}` });
  const metrics = new ScorerMetrics(new Registry());
  const log = createLogger('bench', 'silent');
  const { signal } = new AbortController();
  const scored: ScoredBatch[] = [];
  const handle = createHandler({
    scorer: new BatchScorer({ engine: () => engine, windows, metrics, log, signal }),
    scored: { addAll: async (jobs) => void scored.push(...jobs.map(({ data }) => data)) },
    findKillers: async () => new Map(),
    rulesVersion: () => engine.version,
    metrics,
    log,
    signal,
  });
  try {
    const waiting = batches.values();
    const work = async (): Promise<void> => {
      for (const batch of waiting) await handle({ id: batch.id, data: batch, attempt: 1, stalls: 0 });
    };
    const seconds = await secondsOf(() => Promise.all(Array.from({ length: CONCURRENCY }, work)));
    return { scored, seconds };
  } finally {
    await windows.close();
  }
}

/** A scorer's handler: unpack, parse, inspect, windows, conclude, assemble; beside the engine alone on lines that lie in memory. */
export function scoringStage(redisUrl: string, engine: Engine, batches: readonly LineBatch[], count: number): Stage {
  const lines = linesOf(batches);
  return {
    name: 'scoring: the handler, windows in Redis',
    limitName: 'parse, inspect, conclude',
    unit: 'lines',
    count,
    ours: async () => (await scoreBatches(redisUrl, engine, batches)).seconds,
    limit: () => secondsOf(() => engineAlone(engine, lines)),
  };
}

/** Parse, inspect and conclude, no windows, on one core. */
export function engineAlone(engine: Engine, lines: readonly string[]): void {
  const parser = createLineParser('combined');
  for (const line of lines) {
    const parsed = parser.parse(line);
    if (!parsed.ok) continue;
    const evidence = engine.inspect(parsed.request);
    if (evidence.matches.length > 0) engine.conclude(parsed.request, evidence);
  }
}

function linesOf(batches: readonly LineBatch[]): string[] {
  return batches.flatMap((batch) => {
    const intake = readLineBatch(batch);
    if (!intake.ok) throw new Error(intake.detail);
    return intake.bytes.toString('latin1').split('\n');
  });
}
