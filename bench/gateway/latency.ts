import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { generateTraffic } from '@vigil/traffic/generate-traffic';
import { startOtlpCollector } from '@vigil/dev-services/otlp-collector';
import { startRedis } from '@vigil/dev-services/redis';
import { startStack } from '@vigil/dev-services/stack';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { createRedisAlertBus } from '@vigil/shared/bus/redis-alert-bus';
import type { Alert } from '@vigil/shared/contracts';
import { Command } from 'commander';
import { WebSocket } from 'ws';
import { LatencyStages, STAGES } from './latency-stages.ts';

/*
 * How long it takes from the writing of a line to its frame at a client, stage by stage, on the distributed stack.
 *
 * Processes that have just started run uncompiled code: the lines of the warm-up, worked off first and as fast as may be, count nothing.
 * One batch in five is traced, whose spans each process sends to a collector here: the stages are told from those, the whole way from
 * all alerts. Redis' appends are synced every second, as they are by default on Kubernetes, and PostgreSQL's commits each time.
 */

const { rate, seconds, warmupLines, scorers, everyNth } = new Command('pnpm exec node bench/gateway/latency.ts')
  .option('--rate <n>', 'lines a second', positiveInteger, 10_000)
  .option('--seconds <n>', 'how long it is measured', positiveInteger, 30)
  .option('--warmup-lines <n>', 'lines that are worked off before', positiveInteger, 300_000)
  .option('--scorers <n>', 'scorer processes', positiveInteger, 1)
  .option('--every-nth <n>', 'lines of which one is an attack', positiveInteger, 50)
  .parse()
  .opts<Record<'rate' | 'seconds' | 'warmupLines' | 'scorers' | 'everyNth', number>>();

/** Tracing every batch would cost a tenth of what is measured. */
const TRACED_SHARE = '0.2';

/** Lines are written in such steps, as a busy server's would come. */
const WRITE_INTERVAL_MS = 5;
const WARMUP_STEP_LINES = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'vigil-latency-'));
const logPath = join(folder, 'access.log');
const log = openSync(logPath, 'a');
const collector = await startOtlpCollector();
const redis = await startRedis({ dataDir: join(folder, 'redis'), appendOnly: true, appendFsync: 'everysec' });
const stack = await startStack({
  servers: { redis },
  scorers,
  logPaths: [logPath],
  env: {
    LOG_LEVEL: 'warn',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: TRACED_SHARE,
  },
});
const bus = createRedisAlertBus(stack.servers.redis.url);
const stages = new LatencyStages();
try {
  await bus.subscribe({ onAlerts: (alerts) => stages.published(alerts, now()) });
  const client = new WebSocket(`${stack.gatewayUrl.replace('http', 'ws')}/ws/alerts`, {
    headers: { 'x-api-key': stack.apiKey },
  });
  client.on('message', (data: Buffer) => stages.framed(JSON.parse(data.toString()) as Alert, now()));
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));

  const traffic = makeTraffic(warmupLines + rate * seconds);
  for (let from = 0; from < warmupLines; from += WARMUP_STEP_LINES) {
    append(traffic, from, Math.min(from + WARMUP_STEP_LINES, warmupLines));
    await framesOfAll(120_000);
  }
  stages.forgetAll();
  const tookSeconds = await write(traffic, warmupLines, warmupLines + rate * seconds);
  console.log(`${stages.missing} alerts on their way after the last write`);
  await framesOfAll(120_000);
  await waitUntil(() => stages.untraced(collector.spans) === 0, {
    timeoutMs: 30_000,
    what: 'the spans of all batches',
  });
  client.terminate();
  report(tookSeconds);
} finally {
  await bus.close();
  await stack.stop();
  await redis.stop();
  await collector.close();
  closeSync(log);
  rmSync(folder, { recursive: true, force: true });
}

/** Epoch ms with fractions, by the clock that spans are stamped with. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Lines as they will be written, prepared so that writing them takes as little as may be of what is measured. */
interface Traffic {
  bytes: Buffer;
  /** Offset at which each line ends, its line break included. */
  ends: Float64Array;
}

/** Ordinary traffic; every nth line is an attack on a path of its own, by which its alert is known. */
function makeTraffic(count: number): Traffic {
  const chunks: Buffer[] = [];
  const ends = new Float64Array(count);
  let end = 0;
  let index = 0;
  for (const { line } of generateTraffic({ mode: 'normal', seed: 1, startMs: Date.now(), rate, count })) {
    const chunk = Buffer.from(`${index % everyNth === 0 ? attackLine(line, index) : line}\n`);
    chunks.push(chunk);
    ends[index++] = end += chunk.length;
  }
  return { bytes: Buffer.concat(chunks), ends };
}

/** An attack by the client of an ordinary line, at the same time. */
function attackLine(line: string, index: number): string {
  const [address] = line.split(' ', 1);
  const time = line.slice(line.indexOf('['), line.indexOf(']') + 1);
  return `${address} - - ${time} "GET ${attackPath(index)}?id=1%27%20union%20select%20password%20from%20users HTTP/1.1" 200 512 "-" "Mozilla/5.0"`;
}

function attackPath(index: number): string {
  return `/item/${index}`;
}

/** Writes lines [from, to) at once, as a busy server's are. */
function append({ bytes, ends }: Traffic, from: number, to: number): void {
  const start = from === 0 ? 0 : ends[from - 1]!;
  // Before the write: what the file system takes is part of the way.
  const atMs = now();
  writeSync(log, bytes, start, ends[to - 1]! - start);
  for (let index = Math.ceil(from / everyNth) * everyNth; index < to; index += everyNth)
    stages.written(attackPath(index), atMs);
}

async function framesOfAll(timeoutMs: number): Promise<void> {
  await waitUntil(() => stages.missing === 0, { timeoutMs, what: 'a frame for every attack' });
}

/** Writes lines [from, to) at the rate, whatever it takes to catch up. Returns the seconds that it took. */
async function write(traffic: Traffic, from: number, to: number): Promise<number> {
  const startMs = performance.now();
  let written = from;
  while (written < to) {
    const due = Math.min(to, from + Math.ceil(((performance.now() - startMs) / 1_000) * rate));
    if (due > written) {
      append(traffic, written, due);
      written = due;
    }
    await delay(WRITE_INTERVAL_MS);
  }
  return (performance.now() - startMs) / 1_000;
}

function report(tookSeconds: number): void {
  const { count, traced, distributions } = stages.distributions(collector.spans);
  const lineRate = Math.round((rate * seconds) / tookSeconds);
  console.log(
    `${lineRate.toLocaleString('en')} lines/s for ${tookSeconds.toFixed(0)} s, ${count} alerts, ${traced} of them traced; milliseconds`,
  );
  console.log(
    `${'stage'.padEnd(38)}${['p50', 'p90', 'p99', 'p99.9', 'most'].map((name) => name.padStart(8)).join('')}`,
  );
  for (const { name, from, to } of STAGES) {
    const figures = distributions.get(name)!.map((ms) => ms.toFixed(1).padStart(8));
    console.log(`${`${name} (${from} → ${to})`.padEnd(38)}${figures.join('')}`);
  }
}
