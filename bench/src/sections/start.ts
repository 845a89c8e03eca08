import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startStack } from '@vigil/dev-services/stack';
import { startEmbeddedProcess, untilAlert } from '../harness/embedded.ts';
import { imageContents } from '../harness/image-contents.ts';
import { usageOf, type Usage } from '../harness/process-usage.ts';
import { processesOf } from '../harness/run-stack.ts';
import type { Section, SectionOptions } from '../harness/section.ts';
import { markdownTable, median } from '../harness/statistics.ts';
import { writeTraffic } from '../harness/traffic-file.ts';

/** A while after the start, so that what is made once is made. */
const SETTLE_MS = 5_000;
const IDLE_MS = 20_000;
const LINES = 200;

/** How soon embedded mode tells of a first alert, what everything takes while nothing happens, and how large the images are. */
export const start: Section = { heading: 'Start and footprint', run };

async function run(options: SectionOptions): Promise<string> {
  const { runs = 5, folder } = options;
  const file = await writeTraffic(join(folder, 'access.log'), LINES, { attackShare: 0.2 });
  const [first, again]: [number[], number[]] = [[], []];
  for (let round = 0; round < runs; round += 1) {
    const home = join(folder, `start-${round}`);
    mkdirSync(home);
    // The second start finds the alerts of the first one.
    for (const times of [first, again]) {
      const vigil = await startEmbeddedProcess(join(home, 'data'), file.path);
      times.push(await untilAlert(vigil));
      await vigil.process.stop();
    }
  }
  const images = await imageContents(folder);
  const idle = [...(await idleEmbedded(folder)), ...(await idleStack(folder))];
  return [
    `Embedded start: from the process's start until \`/threats\` tells of an alert, on a log of ${LINES} lines; installed already, ${runs} fresh data folders. Idle: ${IDLE_MS / 1000} s without a line, each program with its children.`,
    '',
    markdownTable(
      ['embedded start', 'seconds, median (spread)'],
      [
        ['fresh data folder, until the first alert', secondsText(first)],
        ['the same folder again, until it answers', secondsText(again)],
      ],
    ),
    '',
    markdownTable(
      ['idle', 'resident MB', 'CPU, % of a core'],
      idle.map(([name, bytes, share]) => [name, megabytes(bytes), (share * 100).toFixed(1)]),
    ),
    '',
    'PostgreSQL’s memory counts the buffers that its processes share once in each.',
    '',
    markdownTable(
      ['image, its base apart', 'MB', 'packed with gzip, MB'],
      images.map(({ target, bytes, packedBytes }) => [target, megabytes(bytes), megabytes(packedBytes)]),
    ),
    '',
    'Images: Node and the application as `deploy/images/Dockerfile` copies them onto its base, from a build made for this; Node is most of each, and one layer that all share.',
  ].join('\n');
}

type Idle = [name: string, residentBytes: number, cpuShare: number];

async function idleEmbedded(folder: string): Promise<Idle[]> {
  const home = join(folder, 'idle');
  mkdirSync(home);
  const vigil = await startEmbeddedProcess(join(home, 'data'), join(home, 'none.log'));
  try {
    return await idleOf({ 'embedded mode with its PostgreSQL': () => usageOf(vigil.process.pid) });
  } finally {
    await vigil.process.stop();
  }
}

async function idleStack(folder: string): Promise<Idle[]> {
  const stack = await startStack({ scorers: 1, logPaths: [join(folder, 'none.log')] });
  try {
    return await idleOf(Object.fromEntries(processesOf(stack).map((one) => [one.name, () => usageOf(one.pid)])));
  } finally {
    await stack.stop();
  }
}

async function idleOf(programs: Record<string, () => Usage>): Promise<Idle[]> {
  await delay(SETTLE_MS);
  const before = Object.entries(programs).map(([name, usage]) => ({ name, usage, cpu: usage().cpuSeconds }));
  await delay(IDLE_MS);
  return before.map(({ name, usage, cpu }) => {
    const { residentBytes, cpuSeconds } = usage();
    return [name, residentBytes, (cpuSeconds - cpu) / (IDLE_MS / 1000)];
  });
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function secondsText(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
}
