import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runStack } from '../harness/run-stack.ts';
import type { Section, SectionOptions } from '../harness/section.ts';
import { markdownTable } from '../harness/statistics.ts';
import { writeTraffic } from '../harness/traffic-file.ts';
import { flameGraph } from '../profile/flame-graph.ts';
import { frameTree, joinFrames, selfTimeByPlace, type CpuProfile } from '../profile/frame-tree.ts';

const SVG = resolve(import.meta.dirname, '../../../docs/flame-graph.svg');
const PLACES_SHOWN = 8;

/** Where the services' CPU time goes: a flame graph in `docs/`, and the largest places of each service. */
export const profile: Section = { heading: 'Where the time goes', run };

async function run(options: SectionOptions): Promise<string> {
  const { lines = 300_000, scorers = 2, folder, write } = options;
  const file = await writeTraffic(join(folder, 'access.log'), lines);
  const profiles = join(folder, 'profiles');
  mkdirSync(profiles);
  const names = new Map<number, string>();
  let fromUs = 0;
  await runStack(file, {
    scorers,
    // The first look is soon after the file's appearance, when all services have started.
    onSample: () => (fromUs ||= Number(process.hrtime.bigint() / 1000n)),
    nodeArgs: ['--cpu-prof', '--cpu-prof-dir', profiles],
    onDone: async ({ ingestor, scorers: all, dispatcher, gateway }) => {
      for (const one of [ingestor, ...all, dispatcher, gateway])
        if (one.pid !== undefined) names.set(one.pid, one.name.replace(/-\d+$/, ''));
    },
  });
  const trees = readdirSync(profiles).flatMap((name) => {
    // CPU.date.time.pid.thread.number.cpuprofile
    const service = names.get(Number(name.split('.')[3]));
    if (service === undefined) return [];
    return [frameTree(service, JSON.parse(readFileSync(join(profiles, name), 'utf8')) as CpuProfile, fromUs)];
  });
  const services = joinFrames(trees).toSorted((a, b) => b.totalUs - a.totalUs);
  if (write) writeFileSync(SVG, flameGraph(`CPU time of the services, ${lines} lines, ${scorers} scorers`, services));
  const total = services.reduce((sum, { totalUs }) => sum + totalUs, 0);
  return [
    `${lines} lines through the whole stack, ${scorers} scorers, each service run with \`--cpu-prof\`; start and idle time left out, and with the start the first half second, in which the ingestor reads most of a short file.`,
    '',
    markdownTable(
      ['service', 'share', 'largest places by their own time, % of the service'],
      services.map((service) => [
        service.name,
        `${((100 * service.totalUs) / total).toFixed(0)} %`,
        selfTimeByPlace(service)
          .slice(0, PLACES_SHOWN)
          .map(([place, us]) => `${place} ${((100 * us) / service.totalUs).toFixed(0)}`)
          .join(', '),
      ]),
    ),
    '',
    '![Flame graph of the services](../docs/flame-graph.svg)',
  ].join('\n');
}
