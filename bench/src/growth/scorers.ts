import { join } from 'node:path';
import { runStack } from '../harness/run-stack.ts';
import { writeTraffic } from '../harness/traffic-file.ts';
import type { GrowthPart } from './part.ts';

const SCORERS = [1, 2, 4];
const LINES = 1_000_000;

/** Lines a second and CPU per line of the whole stack with more scorers. */
export const growWithScorers: GrowthPart = async ({ folder }) => {
  const file = await writeTraffic(join(folder, 'scorers.log'), LINES);
  const points: { scorers: number; rate: number; us: number; scorerUs: number }[] = [];
  for (const scorers of SCORERS) {
    const { accountedSeconds, cpuSeconds } = await runStack(file, { scorers });
    const sum = (names: string[]): number => names.reduce((total, name) => total + (cpuSeconds[name] ?? 0), 0);
    const names = Object.keys(cpuSeconds);
    points.push({
      scorers,
      rate: LINES / accountedSeconds,
      us: (sum(names) * 1e6) / LINES,
      scorerUs: (sum(names.filter((name) => name.startsWith('scorer'))) * 1e6) / LINES,
    });
  }
  return {
    heading: 'Scorers',
    how: `The whole stack on ${LINES} lines, as in the section end to end.`,
    head: ['scorers', 'lines/s', 'CPU us a line, all processes', 'scorers alone'],
    rows: points.map(({ scorers, rate, us, scorerUs }) => [
      String(scorers),
      `${(rate / 1000).toFixed(1)}k`,
      us.toFixed(1),
      scorerUs.toFixed(1),
    ]),
    plotName: 'growth-scorers',
    plot: {
      title: 'CPU time of a line with more scorers',
      xLabel: 'scorers',
      yLabel: 'us a line',
      series: [
        { name: 'all processes', points: points.map(({ scorers, us }) => [scorers, us] as const) },
        { name: 'scorers', points: points.map(({ scorers, scorerUs }) => [scorers, scorerUs] as const) },
      ],
    },
    reading:
      'CPU per line grows with the scorers, worse than flat: each compiles the engine for itself, and with more processes than cores each is interrupted more often and finds its caches cold. On two cores shared with all servers the rate says little; the simulation below says what cores of their own would give.',
  };
};
