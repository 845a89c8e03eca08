/**
 * Where the scorer's time goes: parse, inspect, windows, judge, with the memory store and, where one answers, with Redis.
 * `node bench/src/scorer.ts [lines] [clients]`. Ratios between the rows mean something, absolute figures only on a quiet machine.
 */
import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { testServices } from '@vigil/dev-services/test-services';
import { lineBatchId } from '@vigil/shared/lines/ids';
import { packLines } from '@vigil/shared/lines/payload';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { readLineBatch } from '@vigil/scorer/intake/read-line-batch';
import { ScorerMetrics } from '@vigil/scorer/metrics';
import { BatchScorer } from '@vigil/scorer/scoring/batch-scorer';
import { LineJudge } from '@vigil/scorer/scoring/judge-lines';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { createRedisWindowStore } from '@vigil/scorer/windows/redis-window-store';
import type { WindowStore } from '@vigil/scorer/windows/window-store';
import type { LineBatch } from '@vigil/shared/contracts';

const LINES = Number(process.argv[2] ?? 200_000);
const CLIENTS = Number(process.argv[3] ?? 2_000);
const BATCH_LINES = 1000;
const AGENTS = [
  'Windows NT 10.0; Win64; x64',
  'X11; Linux x86_64',
  'Macintosh; Intel Mac OS X 10_15_7',
  'Android 14; Pixel 8',
];
const ATTACKS = ['/item?id=1%27%20union%20select%201--', '/?q=%3Cscript%3Ealert(1)%3C/script%3E', '/../../etc/passwd'];

/** The same numbers on every run. */
let seed = 42;
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
};

function line(index: number): string {
  // A few clients are busy, most are not.
  const client = Math.floor(CLIENTS * (random(1000) / 1000) ** 2);
  const seconds = Math.floor(index / 2000);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map((n) =>
    String(n).padStart(2, '0'),
  );
  const target = random(50) === 0 ? ATTACKS[random(3)]! : `/catalog/item-${random(500)}?page=${random(20)}&sort=asc`;
  const status = random(20) === 0 ? 404 : 200;
  const agent = `Mozilla/5.0 (${AGENTS[random(4)]}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/12${random(9)}.0.0.0 Safari/537.36`;
  return `198.18.${client >> 8}.${client & 255} - - [02/Mar/2026:${clock.join(':')} +0000] "GET ${target} HTTP/1.1" ${status} ${random(50_000)} "https://www.example.com/" "${agent}"`;
}

const batches: LineBatch[] = [];
for (let first = 0; first < LINES; first += BATCH_LINES) {
  const lines = Array.from({ length: BATCH_LINES }, (_value, i) => line(first + i));
  batches.push({
    v: 1,
    id: lineBatchId('bench', 'f', first, first + BATCH_LINES),
    source: 'bench',
    fingerprint: 'f',
    positions: 'lines',
    firstPosition: first,
    lineCount: BATCH_LINES,
    ...packLines(Buffer.from(lines.join('\n'), 'latin1')),
    rejected: {},
    readAtMs: 0,
  });
}
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
  console.log(`-- ${round}: ${LINES} lines, ${CLIENTS} clients, batches of ${BATCH_LINES}`);
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
      judge.read(batch.lineCount, (i) => lines[i]!, parser);
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
