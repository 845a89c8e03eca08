import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '@vigil/detection';
import { CONTRACT_VERSION } from '@vigil/shared/contracts';
import { lineBatchId } from '@vigil/shared/lines/ids';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { generateTraffic } from '@vigil/traffic/generate-traffic';
import { ScorerMetrics } from './metrics.ts';
import { BatchScorer } from './scoring/batch-scorer.ts';
import type { BatchHead } from './scoring/to-scored-batch.ts';
import { createMemoryWindowStore } from './windows/memory-window-store.ts';

const BATCH_LINES = 1_000;

const SOURCE = 'warm-up';
const START_MS = Date.UTC(2026, 0, 1);
const LINES_PER_SECOND = 5_000;
/**
 * Ten times as many attacks as `vigil simulate` writes: most of the code is what inspects them, and would otherwise be compiled on real
 * ones.
 */
const ATTACK_SHARE = 0.2;

/**
 * Scores generated traffic and discards the results. V8 interprets code that has not run often, so that the first lines of a new scorer
 * take ten times as long as later ones: if they were real, their alerts would be late by as much.
 * @param lines how many; 0 leaves the warm-up out
 */
export async function warmUp(engine: Engine, lines: number, signal: AbortSignal): Promise<void> {
  if (lines === 0) return;
  const scorer = new BatchScorer({
    engine: () => engine,
    windows: createMemoryWindowStore(),
    metrics: new ScorerMetrics(new Registry()),
    log: createLogger(SOURCE, 'silent'),
    signal,
  });
  const traffic = generateTraffic({
    mode: 'mixed',
    seed: 1,
    attackShare: ATTACK_SHARE,
    startMs: START_MS,
    rate: LINES_PER_SECOND,
    count: lines,
  });
  let texts: string[] = [];
  let from = 0;
  for (const { line } of traffic) {
    texts.push(line);
    if (texts.length < BATCH_LINES && from + texts.length < lines) continue;
    await scorer.score(batchOf(from, texts.length), Buffer.from(texts.join('\n'), 'latin1'));
    // Whoever asks after the process's health is answered meanwhile.
    await nextTurn();
    if (signal.aborted) return;
    from += texts.length;
    texts = [];
  }
}

function batchOf(from: number, lineCount: number): BatchHead {
  return {
    v: CONTRACT_VERSION,
    id: lineBatchId(SOURCE, SOURCE, from, from + lineCount),
    source: SOURCE,
    fingerprint: SOURCE,
    positions: 'lines',
    firstPosition: from,
    lineCount,
    rejected: {},
    readAtMs: START_MS,
  };
}
