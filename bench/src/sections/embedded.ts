import { createEngine } from '@vigil/detection';
import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '@vigil/shared/storage/database';
import { startEmbeddedProcess } from '../harness/embedded.ts';
import { usageOf } from '../harness/process-usage.ts';
import { accountedLines } from '../harness/run-stack.ts';
import type { Section, SectionOptions } from '../harness/section.ts';
import { goalText, markdownTable, median, rateText } from '../harness/statistics.ts';
import { writeTraffic } from '../harness/traffic-file.ts';
import { engineAlone } from '../stages/scoring.ts';
import { secondsOf } from '../stages/stage.ts';
import { generateTraffic } from '@vigil/traffic/generate-traffic';

const GOAL_THOUSANDS = 60;

/** Lines a second of embedded mode: everything in one process, queues and events in its own PostgreSQL, windows in memory. */
export const embedded: Section = { heading: 'Embedded mode', run };

async function run(options: SectionOptions): Promise<string> {
  const { lines = 300_000, runs = 5, folder } = options;
  const file = await writeTraffic(join(folder, 'access.log'), lines);
  const sample = [...generateTraffic({ mode: 'mixed', seed: 2, startMs: 0, count: 50_000 })].map(({ line }) => line);
  const engine = createEngine();
  engineAlone(engine, sample);
  const [rates, alone, cpu]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < runs; round += 1) {
    alone.push(sample.length / (await secondsOf(() => engineAlone(engine, sample))));
    const { seconds, cpuSeconds } = await through(file.path, lines, join(folder, `run-${round}`));
    rates.push(lines / seconds);
    cpu.push((cpuSeconds * 1e6) / lines);
    console.log(`run ${round + 1}: ${(lines / seconds / 1000).toFixed(1)}k lines/s`);
  }
  return [
    `${lines} generated combined lines, 2 % attacks; from the file's appearance until PostgreSQL accounts for the last line; medians and spread of ${runs} fresh starts.`,
    '',
    markdownTable(
      ['what', 'figure'],
      [
        ['embedded mode, lines/s', rateText(rates)],
        ['engine alone, one core, lines/s', rateText(alone)],
        ['CPU of Vigil and its PostgreSQL, us a line', median(cpu).toFixed(1)],
      ],
    ),
    '',
    `Goal: ${goalText('lines/s', median(rates) / 1000, GOAL_THOUSANDS, 'k')}. Scoring has a thread of its own; on two cores it shares them with the process's other thread and PostgreSQL, so CPU a line is the limit.`,
  ].join('\n');
}

async function through(path: string, lines: number, home: string): Promise<{ seconds: number; cpuSeconds: number }> {
  mkdirSync(home);
  const live = join(home, 'access.log');
  const vigil = await startEmbeddedProcess(join(home, 'data'), live);
  const database = await openDatabase(vigil.databaseUrl, { poolMax: 1 });
  try {
    const before = usageOf(vigil.process.pid).cpuSeconds;
    const seconds = await secondsOf(async () => {
      linkSync(path, live);
      while ((await accountedLines(database)) < lines) await delay(20);
    });
    return { seconds, cpuSeconds: usageOf(vigil.process.pid).cpuSeconds - before };
  } finally {
    await database.close();
    await vigil.process.stop();
  }
}
