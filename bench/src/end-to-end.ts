/**
 * Lines per second of the whole distributed stack on this machine: `pnpm bench [--lines 1000000] [--scorers 2] [--runs 1]`.
 *
 * A generated log (2 % attacks, mostly distinct targets) is there before the ingestor starts. The clock runs from the ingestor's start
 * until PostgreSQL accounts for the last line, so batches, scores, windows in Redis (AOF everysec), events (fsync on) and the outbox are
 * all in it; then how long until the last alert was given its seq and published to JetStream and Redis. In the same run, as limits to
 * compare with: a byte scan of the file and the engine alone on one core.
 */
import { createReadStream, createWriteStream, linkSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { generateTraffic } from '@vigil/cli/simulate/generate-traffic';
import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { startStack } from '@vigil/dev-services/stack';
import { openDatabase, type Database } from '@vigil/shared/storage/database';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    scorers: { type: 'string', default: '2' },
    runs: { type: 'string', default: '1' },
  },
});
const lines = Number(values.lines);
const scorers = Number(values.scorers);

const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
try {
  const path = join(folder, 'access.log');
  const attacks = await writeLog(path);
  const bytes = statSync(path).size;
  console.log(
    `${cpus().length} cores, Node ${process.version}; ${lines} lines, ${(bytes / 1e6).toFixed(0)} MB, ${attacks} attacks; ${scorers} scorers`,
  );
  const figures: number[] = [];
  for (let run = 1; run <= Number(values.runs); run += 1) {
    const scan = rate(await seconds(() => byteScan(path)));
    const engine = engineAlone();
    const stack = await throughStack(path);
    figures.push(rate(stack.accounted));
    console.log(
      `run ${run}: stack ${thousands(rate(stack.accounted))} lines/s, published after ${stack.published.toFixed(1)} s ` +
        `(${stack.events} events); byte scan ${thousands(scan)}, engine alone ${thousands(engine)} lines/s a core; ` +
        `stack/engine ${(rate(stack.accounted) / engine).toFixed(2)}`,
    );
  }
  figures.sort((a, b) => a - b);
  console.log(
    `stack, lines/s: min ${thousands(figures[0]!)}, median ${thousands(figures[figures.length >> 1]!)}, max ${thousands(figures.at(-1)!)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function writeLog(path: string): Promise<number> {
  const out = createWriteStream(path);
  let attacks = 0;
  let text: string[] = [];
  for (const { line, attack } of generateTraffic({
    mode: 'mixed',
    seed: 1,
    attackShare: 0.02,
    startMs: Date.UTC(2026, 2, 2),
    count: lines,
    rate: 5_000,
  })) {
    text.push(line);
    if (attack) attacks += 1;
    if (text.length === 10_000) {
      if (!out.write(`${text.join('\n')}\n`)) await once(out, 'drain');
      text = [];
    }
  }
  out.end(text.length > 0 ? `${text.join('\n')}\n` : '');
  await once(out, 'finish');
  return attacks;
}

interface StackTimes {
  /** Seconds until every line was accounted for. */
  accounted: number;
  /** Seconds until every alert was published to both sinks. */
  published: number;
  events: number;
}

async function throughStack(path: string): Promise<StackTimes> {
  // The ingestor finds the file when it is named: it starts last, on a path that does not exist yet.
  const live = join(folder, 'live.log');
  rmSync(live, { force: true });
  const stack = await startStack({ scorers, logPaths: [live], env: { LOG_LEVEL: 'warn' } });
  const database = await openDatabase(stack.databaseUrl, { poolMax: 2 });
  try {
    const started = performance.now();
    linkSync(path, live);
    while ((await accounted(database)) < lines) await delay(50);
    const done = performance.now();
    while (!(await allPublished(database))) await delay(50);
    const rows = await database.query<{ n: string }>('select count(*) as n from events');
    return {
      accounted: (done - started) / 1000,
      published: (performance.now() - started) / 1000,
      events: Number(rows[0]?.n),
    };
  } finally {
    await database.close();
    await stack.stop();
  }
}

async function accounted(database: Database): Promise<number> {
  const rows = await database.query<{ n: string }>(
    `select coalesce(sum(lines), 0) as n from line_tallies
     where outcome like 'scored:%' or outcome like 'rejected:%' or outcome = 'dead_lettered'`,
  );
  return Number(rows[0]?.n);
}

async function allPublished(database: Database): Promise<boolean> {
  const rows = await database.query<{ done: boolean }>(
    `select not exists (select 1 from outbox) and bool_and(c.published_seq = s.last_seq) as done
     from relay_cursors c, relay_state s`,
  );
  return rows[0]?.done === true;
}

async function byteScan(path: string): Promise<void> {
  let found = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) found += 1;
  }
  if (found !== lines) throw new Error(`the log has ${found} lines instead of ${lines}`);
}

/** Parse, inspect and conclude, no windows, one core; after a warm-up. */
function engineAlone(): number {
  const sample = [
    ...generateTraffic({ mode: 'mixed', seed: 2, attackShare: 0.02, startMs: Date.UTC(2026, 2, 2), count: 100_000 }),
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

function rate(secondsTaken: number): number {
  return lines / secondsTaken;
}

function thousands(figure: number): string {
  return `${(figure / 1000).toFixed(0)}k`;
}
