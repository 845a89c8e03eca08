import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { reportText } from './report.ts';
import { runChaos } from './run.ts';
import { randomSeed } from '../random.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'vigil-chaos-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 }));

it(
  'loses, repeats and reorders nothing while every part is killed, paused and cut off',
  { timeout: 400_000 },
  async () => {
    const seed = Number(process.env['VIGIL_CHAOS_SEED'] ?? randomSeed());
    console.log(`seed ${seed}; again with: pnpm chaos --short --seed ${seed}`);
    const said: string[] = [];
    const report = await runChaos({
      seed,
      minutes: 0,
      lines: 60_000,
      short: true,
      dataDir,
      say: (text) => said.push(text),
    });
    console.log(reportText(report));
    if (report.broken.length > 0) console.log(said.join('\n'));
    expect(report.broken).toEqual([]);
  },
);
