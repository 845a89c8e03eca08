import { createEngine } from '@vigil/detection';
import type { ScoredBatch } from '@vigil/shared/contracts';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { expect, it } from 'vitest';
import { createHandler } from './handle-job.ts';
import type { FindKillers } from './isolation/find-killers.ts';
import { ScorerMetrics } from './metrics.ts';
import { BatchScorer } from './scoring/batch-scorer.ts';
import { lineBatchOf, logLine } from './testing/line-batch.ts';
import { createMemoryWindowStore } from './windows/memory-window-store.ts';

const engine = createEngine();
const log = createLogger('test', 'silent');

function handlerWith(findKillers: FindKillers, failures = 0) {
  const added: { id: string; data: ScoredBatch }[] = [];
  const registry = new Registry();
  const metrics = new ScorerMetrics(registry);
  const { signal } = new AbortController();
  const scorer = new BatchScorer({ engine: () => engine, windows: createMemoryWindowStore(), metrics, log, signal });
  let failing = failures;
  const handle = createHandler({
    scorer,
    scored: {
      addAll: async (jobs) => {
        failing -= 1;
        if (failing >= 0) throw new Error('the queue is away');
        added.push(...jobs);
      },
    },
    findKillers,
    rulesVersion: () => engine.version,
    metrics,
    log,
    signal,
  });
  return { handle, added };
}

it('tries a batch in isolation from its third delivery on, and dead-letters the lines that kill', async () => {
  let calls = 0;
  const { handle, added } = handlerWith(async () => {
    calls += 1;
    return new Map([[1, { line: 1, reason: 'process_killer', message: 'no end within 10000 ms', stack: '' }]]);
  });
  const data = lineBatchOf([logLine('/'), logLine('/killer'), logLine('/')]);
  for (const attempt of [1, 2, 3]) await handle({ id: data.id, data, attempt, stalls: 0 });
  expect(calls).toBe(1);
  expect(added.map(({ data: batch }) => [batch.scored.LOW, batch.deadLines.length, batch.linesRead])).toEqual([
    [3, 0, 3],
    [3, 0, 3],
    [2, 1, 3],
  ]);
  expect(added[2]!.data.deadLines[0]).toMatchObject({
    line: logLine('/killer'),
    reason: 'process_killer: no end within 10000 ms',
    position: logLine('/').length + 1,
  });
});

it('passes a batch on under the same job id each time, and tries until the queue takes it', async () => {
  const { handle, added } = handlerWith(async () => new Map(), 2);
  const data = lineBatchOf([logLine('/')]);
  await handle({ id: data.id, data, attempt: 1, stalls: 0 });
  await handle({ id: data.id, data, attempt: 2, stalls: 0 });
  expect(added.map(({ id }) => id)).toEqual([`sb-${data.id}`, `sb-${data.id}`]);
});
