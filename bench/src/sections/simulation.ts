import { cpus } from 'node:os';
import { join } from 'node:path';
import { ingestSchema } from '@vigil/ingestor/config';
import { machineBusySeconds } from '../harness/machine-usage.ts';
import { runStack, type StackRun } from '../harness/run-stack.ts';
import type { Section, SectionOptions } from '../harness/section.ts';
import { markdownTable } from '../harness/statistics.ts';
import { writeTraffic } from '../harness/traffic-file.ts';
import { simulatePipeline, type Costs, type PipelineModel, type Simulated } from '../simulation/simulate-pipeline.ts';

/** Measures 1, 2 and 4 scorers, sees how well a simulation reproduces them, and asks it for fleets. */
export const simulation: Section = { heading: 'Simulation of a fleet', run };

const SCORERS = [1, 2, 4];
/** As the ingestor cuts batches: as large as this where lines wait, else what came within an interval. */
const { BATCH_LINES_MAX: BATCH_LINES, FLUSH_INTERVAL_MS } = ingestSchema.parse({});
/** What is planned for of each process: the rest takes bursts and restarts. */
const PLANNED_SHARE = 0.6;
const FLEETS = [10_000, 1_000_000, 10_000_000];

interface Measured {
  scorers: number;
  run: StackRun;
  /** Cores that others left to the stack meanwhile. */
  cores: number;
  costs: Costs;
}

async function run(options: SectionOptions): Promise<string> {
  const { lines = 150_000, folder } = options;
  const file = await writeTraffic(join(folder, 'access.log'), lines);
  const measured: Measured[] = [];
  let eventShare = 0;
  for (const scorers of SCORERS) {
    const looks: Look[] = [];
    const stackRun = await runStack(file, {
      scorers,
      onSample: (seconds, usage) => {
        const ours = Object.values(usage).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
        looks.push({ seconds, ours, all: machineBusySeconds() ?? ours });
      },
    });
    eventShare = stackRun.events / lines;
    const cores = coresLeft(looks);
    measured.push({ scorers, run: stackRun, cores, costs: costsOf(stackRun, lines) });
  }
  const base = { batchLines: BATCH_LINES, eventShare, batches: Math.ceil(lines / BATCH_LINES), seed: 1 };
  const compared = measured.map(({ scorers, run: stackRun, cores, costs }) => {
    const one = { ingestors: 1, redises: 1, dispatchers: 1, postgresCores: 1 };
    const simulated = simulatePipeline({ ...base, ...one, scorers, cores, costs, linesPerSecond: Infinity });
    const real = lines / stackRun.publishedSeconds;
    return { scorers, cores, real, simulated: simulated.linesPerSecond, error: simulated.linesPerSecond / real - 1 };
  });
  const costs = measured[0]!.costs;
  const fleets = FLEETS.map((linesPerSecond) => fleetFor(costs, linesPerSecond, base));
  return [
    `The simulation (\`bench/src/simulation\`) sends batches through ingestor, Redis, scorers, group commits and the relay, each process one thing at a time, all on the cores that there are. First the small cases: ${lines} lines through the real stack, the costs and the cores that others left taken from each run, until all is published.`,
    '',
    markdownTable(
      ['scorers', 'cores left', 'measured, lines/s', 'simulated, lines/s', 'error'],
      compared.map(({ scorers, cores, real, simulated, error }) => [
        String(scorers),
        cores.toFixed(2),
        thousands(real),
        thousands(simulated),
        `${error >= 0 ? '+' : ''}${(error * 100).toFixed(0)} %`,
      ]),
    ),
    '',
    `Largest error ${(Math.max(...compared.map(({ error }) => Math.abs(error))) * 100).toFixed(0)} %. Then fleets in which each process has a core, at the costs of the run with one scorer and ${(eventShare * 100).toFixed(1)} % events, processes planned for ${PLANNED_SHARE * 100} %; one relay and one PostgreSQL however large:`,
    '',
    markdownTable(
      [
        'lines/s',
        'ingestors',
        'scorers',
        'Redises',
        'dispatchers',
        'PostgreSQL cores',
        'ms p50',
        'ms p99',
        'busy most',
      ],
      fleets.map(({ model, simulated }) => [
        thousands(model.linesPerSecond),
        ...[model.ingestors, model.scorers, model.redises, model.dispatchers, model.postgresCores].map(String),
        simulated.latencyMs.p50.toFixed(0),
        simulated.latencyMs.p99.toFixed(0),
        busiest(simulated),
      ]),
    ),
  ].join('\n');
}

/** CPU seconds until a moment of a run. */
interface Look {
  seconds: number;
  /** Of the stack and its servers. */
  ours: number;
  /** Of the whole machine. */
  all: number;
}

/** Cores that nobody else used between the first look and the last. */
function coresLeft(looks: readonly Look[]): number {
  const [first, last] = [looks[0]!, looks.at(-1)!];
  const others = last.all - first.all - (last.ours - first.ours);
  return cpus().length - Math.max(0, others) / (last.seconds - first.seconds);
}

function costsOf({ cpuSeconds, events }: StackRun, lines: number): Costs {
  const us = (name: string): number => (cpuSeconds[name] ?? 0) * 1e6;
  const scorers = Object.keys(cpuSeconds).filter((name) => name.startsWith('scorer'));
  return {
    ingestorUsPerLine: us('ingestor') / lines,
    redisUsPerLine: us('redis') / lines,
    scorerUsPerLine: scorers.reduce((sum, name) => sum + us(name), 0) / lines,
    dispatcherUsPerEvent: (us('dispatcher') + us('gateway') + us('nats')) / events,
    postgresUsPerEvent: us('postgres') / events,
  };
}

/** A fleet of which each kind of process is as large as the plan says. */
function fleetFor(
  costs: Costs,
  linesPerSecond: number,
  base: Pick<PipelineModel, 'eventShare' | 'seed'>,
): { model: PipelineModel; simulated: Simulated } {
  const processes = (usPerLine: number): number => Math.ceil((linesPerSecond * usPerLine) / 1e6 / PLANNED_SHARE);
  const ingestors = processes(costs.ingestorUsPerLine);
  const batchLines = Math.min(BATCH_LINES, Math.ceil((linesPerSecond / ingestors / 1000) * FLUSH_INTERVAL_MS));
  const model: PipelineModel = {
    ...base,
    batchLines,
    costs,
    linesPerSecond,
    // A few seconds of traffic, and enough batches where there is little.
    batches: Math.max(300, Math.ceil((linesPerSecond / batchLines) * 3)),
    cores: Infinity,
    ingestors,
    redises: processes(costs.redisUsPerLine),
    scorers: processes(costs.scorerUsPerLine),
    dispatchers: processes(costs.dispatcherUsPerEvent * base.eventShare),
    postgresCores: processes(costs.postgresUsPerEvent * base.eventShare),
  };
  return { model, simulated: simulatePipeline(model) };
}

function busiest({ busy }: Simulated): string {
  const [name, share] = Object.entries(busy).toSorted((a, b) => b[1] - a[1])[0]!;
  return `${name}, ${(share * 100).toFixed(0)} %`;
}

function thousands(value: number): string {
  return `${Number((value / 1000).toPrecision(3))}k`;
}
