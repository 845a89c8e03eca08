import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { Command } from 'commander';
import { randomSeed } from '../random.ts';
import { reportText } from './report.ts';
import { runChaos } from './run.ts';

const options = new Command('pnpm chaos')
  .description('kill, pause and cut off every part under load, and check that nothing is lost, repeated or reordered')
  .option('--seed <n>', 'what happens, and when; random by default', positiveInteger)
  .option('--minutes <n>', 'how long faults go on; 15 by default', positiveInteger)
  .option('--lines <n>', 'lines that are written; a million by default', positiveInteger)
  .option('--short', 'a minute and 60,000 lines', false)
  .option('--keep', 'keep logs and data', false)
  .parse()
  .opts<{ seed?: number; minutes?: number; lines?: number; short: boolean; keep: boolean }>();
const { short, keep } = options;
const seed = options.seed ?? randomSeed();
const minutes = options.minutes ?? (short ? 0 : 15);
const lines = options.lines ?? (short ? 60_000 : 1_000_000);
const dataDir = mkdtempSync(join(tmpdir(), 'vigil-chaos-'));
// Servers and services keep no event loop alive.
const keepAlive = setInterval(() => undefined, 60_000);

console.log(
  `seed ${seed}; again with: pnpm chaos --seed ${seed} --minutes ${minutes} --lines ${lines}${short ? ' --short' : ''}`,
);
let held = false;
try {
  const report = await runChaos({ seed, minutes, lines, short, dataDir, say: (text) => console.log(text) });
  console.log(reportText(report));
  held = report.broken.length === 0;
} catch (error) {
  console.error(error);
}
if (held && !keep) rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
else console.log(`logs and data are kept in ${dataDir}`);
process.exitCode = held ? 0 : 1;
clearInterval(keepAlive);
