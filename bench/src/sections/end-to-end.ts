import { createEngine } from '@vigil/detection';
import { join } from 'node:path';
import { generateTraffic } from '@vigil/traffic/generate-traffic';
import { PEERS, readyPeer, type ReadyPeer } from '../harness/peers.ts';
import { runStack } from '../harness/run-stack.ts';
import type { Section, SectionOptions } from '../harness/section.ts';
import { goalText, markdownTable, median, rateText } from '../harness/statistics.ts';
import { TRAFFIC_START_MS, writeTraffic } from '../harness/traffic-file.ts';
import { byteScan } from '../stages/reading.ts';
import { engineAlone } from '../stages/scoring.ts';
import { secondsOf } from '../stages/stage.ts';

const STACK = 'whole stack, until PostgreSQL accounts for the last line';
const COLD = 'whole stack, its scorers not warmed up';

/**
 * Lines per second of the whole distributed stack, beside other programs on the same file in the same run.
 *
 * A generated log (2 % attacks, mostly distinct targets) is there before the ingestor sees it. The clock runs from its appearance
 * until PostgreSQL accounts for the last line; see `runStack` for what is switched on. By then scorers have warmed up, as always when
 * they start; a second stack, without that, shows what it is worth. As limits to compare with: a byte scan of the
 * file, and the engine alone on one core. Each run measures all of them, one after another.
 */
export const endToEnd: Section = { heading: 'End to end', run };

async function run(options: SectionOptions): Promise<string> {
  const { lines = 1_000_000, scorers = 2, runs = 5, folder } = options;
  const file = await writeTraffic(join(folder, 'access.log'), lines);
  const peers: ReadyPeer[] = [];
  const missing: string[] = [];
  for (const peer of PEERS) {
    const ready = await readyPeer(peer, file, folder);
    if (typeof ready === 'string') missing.push(`${peer.name} (${ready})`);
    else peers.push(ready);
  }
  const rates = new Map<string, number[]>();
  const cpu = new Map<string, number[]>();
  for (let round = 1; round <= runs; round += 1) {
    note(rates, 'byte scan of the file', lines / (await secondsOf(() => byteScan(file))));
    note(rates, 'engine alone, one core: parse, inspect, conclude', await engineRate());
    for (const peer of peers) note(rates, peer.name, await peer.rate());
    const cold = await runStack(file, { scorers, env: { SCORER_WARM_UP_LINES: '0' } });
    note(rates, COLD, lines / cold.accountedSeconds);
    const stack = await runStack(file, { scorers });
    note(rates, STACK, lines / stack.accountedSeconds);
    for (const [name, used] of Object.entries(stack.cpuSeconds)) note(cpu, name, (used * 1e6) / lines);
    console.log(
      `run ${round}: ${(lines / stack.accountedSeconds / 1000).toFixed(1)}k lines/s, all ${stack.events} alerts published after ${stack.publishedSeconds.toFixed(1)} s`,
    );
  }
  const stack = median(rates.get(STACK) ?? []);
  return [
    `${(file.bytes / 1e6).toFixed(0)} MB of ${lines} generated combined lines, ${file.attacks} attacks among them; ${scorers} scorers, warmed up when they started. Full detection, windows in Redis, append-only file written out every second, fsync on in PostgreSQL, one log record per event. Median and spread of ${runs} runs; all rows are measured in each.`,
    '',
    markdownTable(
      ['what', 'lines/s', 'the stack against it'],
      [...rates].map(([name, all]) => [name, rateText(all), `${(stack / median(all)).toFixed(2)}x`]),
    ),
    '',
    `Goals: ${goals(rates, stack).join('; ')}.`,
    '',
    ...(missing.length === 0 ? [] : [`Not compared: ${missing.join(', ')}.`, '']),
    'CPU time of each process, its start apart:',
    '',
    markdownTable(
      ['process', 'us a line'],
      [...cpu].map(([name, all]) => [name, median(all).toFixed(1)]),
    ),
  ].join('\n');
}

/** How many times each peer's rate is asked for. */
const GOALS: Record<string, number> = { GoAccess: 5, 'fail2ban-regex': 2, CrowdSec: 20 };

function goals(rates: ReadonlyMap<string, number[]>, stack: number): string[] {
  const texts = [goalText('lines/s', stack / 1000, 150, 'k')];
  for (const [name, all] of rates) {
    const peer = Object.keys(GOALS).find((known) => name.startsWith(known));
    if (peer !== undefined) texts.push(goalText(peer, stack / median(all), GOALS[peer]!, 'x'));
  }
  return texts;
}

function note(into: Map<string, number[]>, name: string, value: number): void {
  into.set(name, [...(into.get(name) ?? []), value]);
}

/** Lines a second of the engine alone, after a warm-up. */
async function engineRate(): Promise<number> {
  const options = { mode: 'mixed', seed: 2, attackShare: 0.02, startMs: TRAFFIC_START_MS, count: 100_000 } as const;
  const sample = [...generateTraffic(options)].map(({ line }) => line);
  const engine = createEngine();
  engineAlone(engine, sample);
  return sample.length / (await secondsOf(() => engineAlone(engine, sample)));
}
