/**
 * What a warm-up of so many lines costs, and what it spares the lines that come after it, each time in a process of its own.
 * `pnpm exec node bench/src/warm-up.ts`. Ratios between the rows mean something, absolute figures only on a quiet machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@vigil/detection';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { unpackBytes } from '@vigil/shared/lines/payload';
import { ScorerMetrics } from '@vigil/scorer/metrics';
import { BatchScorer } from '@vigil/scorer/scoring/batch-scorer';
import { warmUp } from '@vigil/scorer/warm-up';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { median } from './harness/statistics.ts';
import { writeTraffic } from './harness/traffic-file.ts';
import { readBatches } from './stages/reading.ts';

const WARM_UPS = [0, 3_000, 10_000, 30_000, 100_000];
const ROUNDS = 3;
const LINES_AFTER = 200_000;

/** Seconds of CPU, and for the first batch milliseconds. */
interface Cost {
  warmUp: number;
  firstBatchMs: number;
  after: number;
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function costOf(warmUpLines: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  // Other traffic than the one that is warmed up with.
  const { path } = await writeTraffic(join(folder, 'access.log'), LINES_AFTER, { seed: 4711 });
  const batches = await readBatches(path);
  rmSync(folder, { recursive: true });
  const engine = createEngine();
  const { signal } = new AbortController();
  const scorer = new BatchScorer({
    engine: () => engine,
    windows: createMemoryWindowStore(),
    metrics: new ScorerMetrics(new Registry()),
    log: createLogger('bench', 'silent'),
    signal,
  });
  const begun = cpuSeconds();
  await warmUp(engine, warmUpLines, signal);
  const warm = cpuSeconds();
  const started = performance.now();
  let firstBatchMs = 0;
  for (const batch of batches) {
    await scorer.score(batch, unpackBytes(batch));
    firstBatchMs ||= performance.now() - started;
  }
  return { warmUp: warm - begun, firstBatchMs, after: cpuSeconds() - warm };
}

const [asked] = process.argv.slice(2);
if (asked !== undefined) console.log(JSON.stringify(await costOf(Number(asked))));
else {
  console.log(
    `| lines | warm-up, s of CPU | first batch, ms | next ${LINES_AFTER} lines, s of CPU |\n| --- | --- | --- | --- |`,
  );
  for (const lines of WARM_UPS) {
    const costs = Array.from(
      { length: ROUNDS },
      () =>
        JSON.parse(execFileSync(process.execPath, [import.meta.filename, String(lines)], { encoding: 'utf8' })) as Cost,
    );
    const of = (part: keyof Cost, digits: number): string => median(costs.map((cost) => cost[part])).toFixed(digits);
    console.log(`| ${lines} | ${of('warmUp', 2)} | ${of('firstBatchMs', 0)} | ${of('after', 2)} |`);
  }
}
