/**
 * Where the scorer's time goes: parse, inspect, windows, judge, with the memory store and, where one answers, with Redis.
 * `pnpm exec node bench/src/scorer.ts [lines]`. Ratios between the rows mean something, absolute figures only on a quiet machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { testServices } from '@vigil/dev-services/test-services';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { readLineBatch } from '@vigil/scorer/intake/read-line-batch';
import { ScorerMetrics } from '@vigil/scorer/metrics';
import { BatchScorer } from '@vigil/scorer/scoring/batch-scorer';
import { LineJudge } from '@vigil/scorer/scoring/judge-lines';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { createRedisWindowStore } from '@vigil/scorer/windows/redis-window-store';
import type { WindowStore } from '@vigil/scorer/windows/window-store';
import { writeTraffic } from './harness/traffic-file.ts';
import { readBatches } from './stages/reading.ts';

const LINES = Number(process.argv[2] ?? 200_000);
if (!Number.isSafeInteger(LINES) || LINES < 1)
  throw new Error(`how many lines? a number alone, not ${process.argv[2]}`);

const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
const { path } = await writeTraffic(join(folder, 'access.log'), LINES);
const batches = await readBatches(path);
rmSync(folder, { recursive: true });
const linesOf = batches.map((batch) => {
  const intake = readLineBatch(batch);
  if (!intake.ok) throw new Error(intake.detail);
  return {
    batch,
    bytes: intake.bytes,
    lines: intake.bytes
      .toString('latin1')
      .split('\n')
      .map((l) => Buffer.from(l, 'latin1').toString('latin1')),
  };
});
const engine = createEngine();

async function measure(name: string, run: () => void | Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await run();
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  const perLine = (us: number): string => `${(us / LINES).toFixed(2)} us`.padStart(9);
  console.log(`${name.padEnd(34)} cpu ${perLine(user + system)}  wall ${perLine(wallMs * 1000)} a line`);
}

function scorerOn(windows: WindowStore): BatchScorer {
  const metrics = new ScorerMetrics(new Registry());
  return new BatchScorer({
    engine: () => engine,
    windows,
    metrics,
    log: createLogger('bench', 'silent'),
    signal: new AbortController().signal,
  });
}

const { redisUrl } = await testServices(['redis']);
for (const round of ['cold', 'warm', 'again']) {
  console.log(`-- ${round}: ${LINES} lines in ${batches.length} batches`);
  await measure('unpack and check', () => {
    for (const batch of batches) readLineBatch(batch);
  });
  const parser = createLineParser();
  await measure('parse', () => {
    for (const { lines } of linesOf) for (const text of lines) parser.parse(text);
  });
  await measure('parse + inspect', () => {
    for (const { lines } of linesOf) {
      for (const text of lines) {
        const parsed = parser.parse(text);
        if (parsed.ok) engine.inspect(parsed.request);
      }
    }
  });
  await measure('parse + inspect + window deltas', () => {
    for (const { batch, lines } of linesOf) {
      const judge = new LineJudge(engine);
      judge.read({ count: batch.lineCount, textAt: (i) => lines[i]! }, parser);
      judge.windows.deltas();
    }
  });
  const memory = scorerOn(createMemoryWindowStore());
  await measure('whole, memory windows', async () => {
    for (const { batch, bytes } of linesOf) await memory.score(batch, bytes);
  });
  const store = createRedisWindowStore(redisUrl, { prefix: round });
  await store.ping().catch(() => undefined);
  const redis = scorerOn(store);
  await measure('whole, Redis windows, 4 at once', async () => {
    const waiting = linesOf.values();
    const work = async (): Promise<void> => {
      for (const { batch, bytes } of waiting) await redis.score(batch, bytes);
    };
    await Promise.all([work(), work(), work(), work()]);
  });
  await store.close();
}
process.exit(0);
