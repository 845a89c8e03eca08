import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '@vigil/detection';
import { CONTRACT_VERSION, type LineBatch } from '@vigil/shared/contracts';
import { lineBatchId } from '@vigil/shared/lines/ids';
import { packLines } from '@vigil/shared/lines/payload';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { generateTraffic } from '@vigil/traffic/generate-traffic';
import { ScorerMetrics } from './metrics.ts';
import { BatchScorer } from './scoring/batch-scorer.ts';
import { createMemoryWindowStore } from './windows/memory-window-store.ts';

const BATCH_LINES = 1_000;

const SOURCE = 'warm-up';
const START_MS = Date.UTC(2026, 0, 1);
const LINES_PER_SECOND = 5_000;

/**
 * Scores generated traffic that nobody hears of. V8 interprets what it has not seen often, so that the first lines of a new scorer take
 * ten times as long as later ones: were they real, their alerts would come late by as much.
 * @param lines how many; 0 leaves the warm-up out
 */
export async function warmUp(engine: Engine, lines: number, signal: AbortSignal): Promise<void> {
  const scorer = new BatchScorer({
    engine: () => engine,
    windows: createMemoryWindowStore(),
    metrics: new ScorerMetrics(new Registry()),
    log: createLogger(SOURCE, 'silent'),
    signal,
  });
  for (let from = 0; from < lines && !signal.aborted; from += BATCH_LINES) {
    const { batch, bytes } = generatedBatch(from, Math.min(BATCH_LINES, lines - from));
    await scorer.score(batch, bytes);
    // Whoever asks after the process's health is answered meanwhile.
    await nextTurn();
  }
}

function generatedBatch(from: number, lineCount: number): { batch: LineBatch; bytes: Buffer } {
  const traffic = generateTraffic({
    mode: 'mixed',
    seed: from,
    startMs: START_MS + (from / LINES_PER_SECOND) * 1000,
    rate: LINES_PER_SECOND,
    count: lineCount,
  });
  const bytes = Buffer.from(Array.from(traffic, ({ line }) => line).join('\n'), 'latin1');
  const batch: LineBatch = {
    v: CONTRACT_VERSION,
    id: lineBatchId(SOURCE, SOURCE, from, from + lineCount),
    source: SOURCE,
    fingerprint: SOURCE,
    positions: 'lines',
    firstPosition: from,
    lineCount,
    ...packLines(bytes),
    rejected: {},
    readAtMs: START_MS,
  };
  return { batch, bytes };
}
