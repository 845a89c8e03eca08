import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportText } from './report.ts';
import { runChaos } from './run.ts';

// pnpm chaos [--seed N] [--minutes M] [--lines N] [--short] [--keep]

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    lines: { type: 'string' },
    short: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const short = values.short;
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const minutes = Number(values.minutes ?? (short ? 0 : 15));
const lines = Number(values.lines ?? (short ? 60_000 : 1_000_000));
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
if (held && !values.keep) rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
else console.log(`logs and data are kept in ${dataDir}`);
process.exitCode = held ? 0 : 1;
clearInterval(keepAlive);
