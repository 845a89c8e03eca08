/**
 * Measures Vigil and writes what came out to `bench/RESULTS.md`: `pnpm bench [--section NAME] [--lines N] [--scorers N] [--runs N]
 * [--only PART,PART] [--no-write]`. `bench/README.md` says what each section does; `all` runs every one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeRun } from './harness/describe-run.ts';
import { writeSection } from './harness/results-file.ts';
import type { Section } from './harness/section.ts';

const SECTIONS: Record<string, () => Promise<Section>> = {
  'end-to-end': async () => (await import('./sections/end-to-end.ts')).endToEnd,
  embedded: async () => (await import('./sections/embedded.ts')).embedded,
  start: async () => (await import('./sections/start.ts')).start,
  profile: async () => (await import('./sections/profile.ts')).profile,
  simulation: async () => (await import('./sections/simulation.ts')).simulation,
  growth: async () => (await import('./sections/growth.ts')).growth,
  stages: async () => (await import('./sections/stages.ts')).stages,
};

const given = process.argv.slice(2).filter((argument) => argument !== '--');
const { values } = parseArgs({
  args: given,
  allowNegative: true,
  options: {
    section: { type: 'string', default: 'end-to-end' },
    lines: { type: 'string' },
    scorers: { type: 'string' },
    runs: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean', default: true },
  },
});

const names = values.section === 'all' ? Object.keys(SECTIONS) : [values.section];
for (const name of names) {
  const load = SECTIONS[name];
  if (load === undefined)
    throw new Error(`there is no section ${name}; choose one of ${Object.keys(SECTIONS).join(', ')} or all`);
  const section = await load();
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  try {
    const command = ['pnpm bench', ...given.filter((argument) => !argument.endsWith('write'))].join(' ');
    const described = await describeRun(command);
    const body = await section.run({
      lines: positive('lines'),
      scorers: positive('scorers'),
      runs: positive('runs'),
      only: values.only?.split(',') ?? [],
      folder,
      write: values.write,
    });
    const text = `${described}\n\n${body}`;
    console.log(`\n## ${section.heading}\n\n${text}\n`);
    if (values.write) writeSection(section.heading, text, { partial: values.only !== undefined });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
// Connections of servers that were only lent must not hold the process up.
process.exit(0);

function positive(name: 'lines' | 'scorers' | 'runs'): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1, not ${text}`);
  return value;
}
