import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { growWithAddresses } from '../growth/addresses.ts';
import { growWithAttacks } from '../growth/attack-share.ts';
import { growWithRows } from '../growth/event-rows.ts';
import { growWithLength } from '../growth/line-length.ts';
import { growOverTime } from '../growth/long-run.ts';
import type { GrowthPart } from '../growth/part.ts';
import { growWithQueue } from '../growth/queue-bytes.ts';
import { growWithScorers } from '../growth/scorers.ts';
import type { Section, SectionOptions } from '../harness/section.ts';
import { markdownTable } from '../harness/statistics.ts';
import { linePlot } from '../plots/line-plot.ts';

const PLOTS = resolve(import.meta.dirname, '../../plots');

const PARTS: Record<string, GrowthPart> = {
  scorers: growWithScorers,
  queue: growWithQueue,
  memory: growOverTime,
  addresses: growWithAddresses,
  rows: growWithRows,
  length: growWithLength,
  attacks: growWithAttacks,
};

/** What a line costs as each quantity grows: a table and a plot each. */
export const growth: Section = { heading: 'Cost as it grows', run };

async function run(options: SectionOptions): Promise<string> {
  const { lines = 10_000_000, only, folder, write } = options;
  const unknown = only.filter((name) => PARTS[name] === undefined);
  if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  mkdirSync(PLOTS, { recursive: true });
  const texts: string[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const result = await part({ folder, linesMax: lines });
    if (write) writeFileSync(join(PLOTS, `${result.plotName}.svg`), linePlot(result.plot));
    const text = [
      `### ${result.heading}`,
      '',
      result.how,
      '',
      markdownTable(result.head, result.rows),
      '',
      `![${result.plot.title}](plots/${result.plotName}.svg)`,
      '',
      result.reading,
    ].join('\n');
    console.log(`\n${text}`);
    texts.push(text);
  }
  return texts.join('\n\n');
}
