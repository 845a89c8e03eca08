/** Measures Vigil and writes what came out to `bench/RESULTS.md`. `bench/README.md` says what each section does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { Command, Option } from 'commander';
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

interface BenchOptions {
  section: string;
  lines?: number;
  scorers?: number;
  runs?: number;
  only?: string[];
  write: boolean;
}

const given = process.argv.slice(2).filter((argument) => argument !== '--');
const options = new Command('pnpm bench')
  .description('measure Vigil beside its peers and its limits')
  .addOption(
    new Option('--section <name>', 'what to measure').choices([...Object.keys(SECTIONS), 'all']).default('end-to-end'),
  )
  .option('--lines <n>', 'lines that are sent through', positiveInteger)
  .option('--scorers <n>', 'scorer processes', positiveInteger)
  .option('--runs <n>', 'runs that medians are taken of', positiveInteger)
  .option('--only <parts>', 'these parts of the section', (text) => text.split(','))
  .option('--no-write', 'leave RESULTS.md and plots alone')
  .parse(given, { from: 'user' })
  .opts<BenchOptions>();

const names = options.section === 'all' ? Object.keys(SECTIONS) : [options.section];
for (const name of names) {
  const section = await SECTIONS[name]!();
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  try {
    const command = ['pnpm bench', ...given.filter((argument) => !argument.endsWith('write'))].join(' ');
    const described = await describeRun(command);
    const body = await section.run({
      lines: options.lines,
      scorers: options.scorers,
      runs: options.runs,
      only: options.only ?? [],
      folder,
      write: options.write,
    });
    const text = `${described}\n\n${body}`;
    console.log(`\n## ${section.heading}\n\n${text}\n`);
    if (options.write) writeSection(section.heading, text, { partial: options.only !== undefined });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
// Connections of servers that were only lent must not hold the process up.
process.exit(0);
