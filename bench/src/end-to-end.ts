/**
 * Lines per second of the whole distributed stack on this machine, beside other programs on the same file in the same run:
 * `pnpm bench [--lines 1000000] [--scorers 2] [--runs 5] [--write]`. With `--write` the section in `bench/RESULTS.md` is replaced.
 *
 * A generated log (2 % attacks, mostly distinct targets) is there before the ingestor sees it. The clock runs from its appearance
 * until PostgreSQL accounts for the last line; see `runStack` for what is switched on. As limits to compare with: a byte scan of the
 * file, and the engine alone on one core. Each run measures all of them, one after another.
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateTraffic } from '@vigil/cli/simulate/generate-traffic';
import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { isInstalled, PEERS, secondsOf } from './harness/peers.ts';
import { writeSection } from './harness/results-file.ts';
import { runStack } from './harness/run-stack.ts';
import { markdownTable, median, rateText } from './harness/statistics.ts';
import { TRAFFIC_START_MS, writeTraffic, type TrafficFile } from './harness/traffic-file.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    lines: { type: 'string', default: '1000000' },
    scorers: { type: 'string', default: '2' },
    runs: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
});
const lines = Number(values.lines);
const scorers = Number(values.scorers);
const runs = Number(values.runs);

const STACK = 'whole stack, until PostgreSQL accounts for the last line';
const rates = new Map<string, number[]>();
const cpu = new Map<string, number[]>();
const note = (into: Map<string, number[]>, name: string, value: number): void =>
  void into.set(name, [...(into.get(name) ?? []), value]);

const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
try {
  const file = await writeTraffic(join(folder, 'access.log'), lines);
  const missing = PEERS.filter((peer) => !isInstalled(peer)).map(({ name }) => name);
  for (let run = 1; run <= runs; run += 1) {
    note(rates, 'byte scan of the file', lines / (await seconds(() => byteScan(file))));
    note(rates, 'engine alone, one core: parse, inspect, conclude', engineAlone());
    for (const peer of PEERS.filter(({ name }) => !missing.includes(name)))
      note(rates, `${peer.name} (${peer.does})`, lines / (await secondsOf(peer, file.path)));
    const stack = await runStack(file, { scorers });
    note(rates, STACK, lines / stack.accountedSeconds);
    for (const [name, used] of Object.entries(stack.cpuSeconds)) note(cpu, name, (used * 1e6) / lines);
    console.log(
      `run ${run}: ${(lines / stack.accountedSeconds / 1000).toFixed(1)}k lines/s, all ${stack.events} alerts published after ${stack.publishedSeconds.toFixed(1)} s`,
    );
  }
  const report = reportOf(file, missing);
  console.log(`\n${report}`);
  if (values.write) writeSection('End to end', report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function reportOf(file: TrafficFile, missing: readonly string[]): string {
  const stack = median(rates.get(STACK) ?? []);
  const date = new Date().toISOString().slice(0, 10);
  return [
    `\`pnpm bench --lines ${lines} --scorers ${scorers} --runs ${runs} --write\`, ${date}: ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) shared by everything, Node ${process.version}.`,
    `${(file.bytes / 1e6).toFixed(0)} MB of generated combined lines, ${file.attacks} attacks among them. Full detection, windows in Redis, append-only file written out every second, fsync on in PostgreSQL, one log record per event. Median and spread of ${runs} runs; all rows are measured in each.`,
    '',
    markdownTable(
      ['what', 'lines/s', 'the stack against it'],
      [...rates].map(([name, all]) => [name, rateText(all), `${(stack / median(all)).toFixed(2)}x`]),
    ),
    '',
    ...(missing.length === 0 ? [] : [`Not installed, so not compared: ${missing.join(', ')}.`, '']),
    'CPU time of each process, its start apart:',
    '',
    markdownTable(
      ['process', 'us a line'],
      [...cpu].map(([name, all]) => [name, median(all).toFixed(1)]),
    ),
  ].join('\n');
}

async function byteScan(file: TrafficFile): Promise<void> {
  let found = 0;
  for await (const chunk of createReadStream(file.path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) found += 1;
  }
  if (found !== file.lines) throw new Error(`the log has ${found} lines instead of ${file.lines}`);
}

/** Parse, inspect and conclude, no windows, one core; after a warm-up. */
function engineAlone(): number {
  const sample = [
    ...generateTraffic({ mode: 'mixed', seed: 2, attackShare: 0.02, startMs: TRAFFIC_START_MS, count: 100_000 }),
  ].map(({ line }) => line);
  const engine = createEngine();
  const parser = createLineParser('combined');
  const pass = () => {
    for (const line of sample) {
      const parsed = parser.parse(line);
      if (!parsed.ok) continue;
      const evidence = engine.inspect(parsed.request);
      if (evidence.matches.length > 0) engine.conclude(parsed.request, evidence);
    }
  };
  pass();
  const started = performance.now();
  pass();
  return sample.length / ((performance.now() - started) / 1000);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
