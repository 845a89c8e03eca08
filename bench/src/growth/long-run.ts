import { join } from 'node:path';
import { runStack } from '../harness/run-stack.ts';
import { writeTraffic } from '../harness/traffic-file.ts';
import type { GrowthPart } from './part.ts';

const MB = 1e6;
/** Not ours. */
const SERVERS = new Set(['redis', 'nats', 'postgres']);
/** Samples that the plot shows of each process. */
const SAMPLES_MAX = 120;

/** Resident memory of each process over a long run. */
export const growOverTime: GrowthPart = async ({ folder, linesMax }) => {
  const file = await writeTraffic(join(folder, 'long.log'), linesMax);
  const samples = new Map<string, [number, number][]>();
  const { accountedSeconds } = await runStack(file, {
    scorers: 2,
    onSample: (seconds, usage) => {
      for (const [name, { residentBytes }] of Object.entries(usage))
        samples.set(name, [...(samples.get(name) ?? []), [seconds, residentBytes / MB]]);
    },
  });
  /** Largest within a part of the run, given as shares of it. */
  const most = (points: readonly (readonly [number, number])[], from: number, to: number): number =>
    Math.max(
      ...points
        .slice(Math.floor(points.length * from), Math.ceil(points.length * to))
        .map(([, megabytes]) => megabytes),
    );
  const services = [...samples].filter(([name]) => !SERVERS.has(name)).map(([, points]) => points);
  return {
    heading: 'A long run',
    how: `${linesMax} lines through the whole stack with two scorers in ${accountedSeconds.toFixed(0)} s; resident memory twice a second, the largest of a part of the run, MB.`,
    head: ['process', 'first quarter', 'second', 'third', 'last'],
    rows: [...samples].map(([name, points]) => [
      name,
      ...[0, 0.25, 0.5, 0.75].map((from) => most(points, from, from + 0.25).toFixed(0)),
    ]),
    plotName: 'growth-memory',
    plot: {
      title: `Resident memory over ${linesMax} lines`,
      xLabel: 'seconds',
      yLabel: 'MB',
      series: [...samples].map(([name, points]) => ({
        name,
        points: points.filter((_, index) => index % Math.ceil(points.length / SAMPLES_MAX) === 0),
      })),
    },
    reading: `From the third quarter to the last one the service that grows most grows by ${(100 * (Math.max(...services.map((points) => most(points, 0.75, 1) / most(points, 0.5, 0.75))) - 1)).toFixed(0)} %: V8 lets a heap grow before it collects, and stops somewhere. Redis holds what waits, at most \`QUEUE_DEPTH_MAX\` batches, and the windows of the last half hour. PostgreSQL’s processes each count the buffers that they share.`,
  };
};
