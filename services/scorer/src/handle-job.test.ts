import { createEngine, type Engine } from '@vigil/detection';
import { scoredBatchSchema, type ScoredBatch } from '@vigil/shared/contracts';
import { Registry } from '@vigil/shared/metrics/metrics';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { expect, it, vi } from 'vitest';
import { createHandler } from './handle-job.ts';
import type { FindKillers } from './isolation/find-killers.ts';
import { ScorerMetrics } from './metrics.ts';
import { BatchScorer } from './scoring/batch-scorer.ts';
import { lineBatchOf, logLine } from './testing/line-batch.ts';
import { createMemoryWindowStore } from './windows/memory-window-store.ts';
import type { WindowStore } from './windows/window-store.ts';

const log = testLogger();

const realEngine = createEngine();

interface HandlerOptions {
  /** Times that the queue does not take what is passed on. */
  failures?: number;
  engine?: Engine;
  windows?: WindowStore;
  signal?: AbortSignal;
}

function handlerWith(findKillers: FindKillers, options: HandlerOptions = {}) {
  const { failures = 0, engine = realEngine, windows = createMemoryWindowStore() } = options;
  const { signal = new AbortController().signal } = options;
  const added: { id: string; data: ScoredBatch }[] = [];
  const registry = new Registry();
  const metrics = new ScorerMetrics(registry);
  const scorer = new BatchScorer({ engine: () => engine, windows, metrics, log, signal });
  const waits = vi.fn();
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
    rulesVersion: () => 'v',
    metrics,
    log,
    signal,
    onWait: waits,
  });
  return { handle, added, registry, waits };
}

const noKillers: FindKillers = async () => new Map();

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
  const { handle, added, waits } = handlerWith(noKillers, { failures: 2 });
  const data = lineBatchOf([logLine('/')]);
  await handle({ id: data.id, data, attempt: 1, stalls: 0 });
  await handle({ id: data.id, data, attempt: 2, stalls: 0 });
  expect(added.map(({ id }) => id)).toEqual([`sb-${data.id}`, `sb-${data.id}`]);
  // Whoever watches its progress must not take the outage for a scorer that is stuck.
  expect(waits).toHaveBeenCalledTimes(2);
});

it('dead-letters a batch whole, and tries it no more, that has stopped more than ten workers', async () => {
  const findKillers = vi.fn(noKillers);
  const { handle, added } = handlerWith(findKillers);
  const data = lineBatchOf([logLine('/'), logLine('/a')]);
  await handle({ id: data.id, data, attempt: 2, stalls: 10 });
  await handle({ id: data.id, data, attempt: 12, stalls: 11 });
  expect(findKillers).not.toHaveBeenCalled();
  expect(added.map(({ data: batch }) => batch)).toMatchObject([
    { id: data.id, linesRead: 2, scored: { LOW: 2 } },
    {
      id: data.id,
      linesRead: 2,
      scored: { LOW: 0 },
      deadJobs: [{ lines: 2, reason: '11 workers died or hung with this job in their hands' }],
    },
  ]);
});

it('leaves a batch in the queue that the stop kept from being scored, however often it came', async () => {
  const windows: WindowStore = { ...createMemoryWindowStore(), apply: () => Promise.reject(new Error('it is away')) };
  const { handle, added } = handlerWith(noKillers, { windows, signal: AbortSignal.abort() });
  const data = lineBatchOf([logLine('/')]);
  await expect(handle({ id: data.id, data, attempt: 3, stalls: 0 })).rejects.toThrow('it is away');
  expect(added).toEqual([]);
});

it('leaves a batch in the queue that cannot be passed on at the stop', async () => {
  const { handle } = handlerWith(noKillers, { failures: 1, signal: AbortSignal.abort() });
  const data = lineBatchOf([logLine('/')]);
  await expect(handle({ id: data.id, data, attempt: 1, stalls: 0 })).rejects.toThrow('the queue is away');
});

it('dead-letters the one line of which no record can be made, and passes the others on', async () => {
  const engine: Engine = {
    ...realEngine,
    conclude: (...parts) => {
      const assessment = realEngine.conclude(...parts);
      if (!parts[0].target.includes('zebra')) return assessment;
      return { ...assessment, matches: [{ ...assessment.matches[0]!, excerpt: undefined as never }] };
    },
  };
  const { handle, added, registry } = handlerWith(noKillers, { engine });
  const attack = '/?a=1%27%20union%20select%201--';
  const data = lineBatchOf([logLine('/'), logLine(`${attack}zebra`), logLine(attack)]);
  await handle({ id: data.id, data, attempt: 1, stalls: 0 });
  const [batch] = added.map((job) => job.data);
  expect(batch).toMatchObject({ linesRead: 3, scored: { LOW: 1, MEDIUM: 0, HIGH: 1 } });
  expect(batch!.detections).toHaveLength(1);
  expect(batch!.deadLines).toMatchObject([
    { line: logLine(`${attack}zebra`), reason: expect.stringMatching(/^engine_error: /) },
  ]);
  expect(await registry.getSingleMetricAsString('vigil_lines_dead_total')).toContain('{reason="engine_error"} 1');
});

it('counts suppressions and shadow packs by any name, also one that every object has', async () => {
  const engine: Engine = {
    ...realEngine,
    conclude: (...parts) => ({
      ...realEngine.conclude(...parts),
      suppressedBy: ['constructor'],
      shadow: { constructor: { score: 0, severity: 'LOW' as const, onlyActive: true, onlyShadow: false } },
    }),
  };
  const { handle, added } = handlerWith(noKillers, { engine });
  const data = lineBatchOf([logLine('/?a=1%27%20union%20select%201--'), logLine('/?b=1%27%20union%20select%201--')]);
  await handle({ id: data.id, data, attempt: 1, stalls: 0 });
  const { suppressed, shadow } = scoredBatchSchema.parse(added[0]!.data);
  expect(Object.entries({ ...suppressed, ...shadow })).toEqual([['constructor', { onlyActive: 2, onlyShadow: 0 }]]);
  expect(suppressed).toEqual({ constructor: 2 });
});

it('dead-letters a batch whole that cannot be scored even after its lines were tried in isolation', async () => {
  const engine = {
    ...realEngine,
    get version(): string {
      throw new TypeError('no version');
    },
  };
  const { handle, added } = handlerWith(noKillers, { engine });
  const data = lineBatchOf([logLine('/'), logLine('/a')]);
  await expect(handle({ id: data.id, data, attempt: 2, stalls: 0 })).rejects.toThrow('no version');
  await handle({ id: data.id, data, attempt: 3, stalls: 0 });
  expect(added[0]!.data).toMatchObject({
    linesRead: 2,
    deadJobs: [{ lines: 2, reason: 'scoring it failed 3 times: no version' }],
  });
});

it('leaves a batch of a later release to scorers of that release for a while, and dead-letters it whole then', async () => {
  const { handle, added } = handlerWith(noKillers);
  const data = { ...lineBatchOf([logLine('/'), logLine('/a')]), v: 2 };
  for (const attempt of [1, 3, 25])
    await expect(handle({ id: data.id, data, attempt, stalls: 0 })).rejects.toThrow('contract version 2');
  expect(added).toEqual([]);
  await handle({ id: data.id, data, attempt: 26, stalls: 0 });
  expect(added[0]!.data).toMatchObject({
    linesRead: 2,
    deadJobs: [{ lines: 2, reason: 'contract version 2; this release knows 1' }],
  });
});
