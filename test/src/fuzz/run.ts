import { answerWithin } from '@vigil/shared/lifecycle/answer-within';
import { Random } from '../random.ts';
import type { Boundary } from './boundary.ts';
import { config, rulePacks } from './boundaries/config-and-rules.ts';
import { gatewayInputs } from './boundaries/gateway.ts';
import { lineJobs, scoredJobs } from './boundaries/jobs.ts';
import { logLines } from './boundaries/log-lines.ts';
import { pushBodies } from './boundaries/push-bodies.ts';
import { storing } from './boundaries/storing.ts';

/** An input that keeps its thread busy for longer than this holds up everything behind it. No input takes a tenth of it. */
const INPUT_CPU_MS_MAX = 2_000;
/** What has not ended after this long, however busy the machine, never will. */
const HANG_MS = 60_000;
/** Reasons are metric labels: whatever comes in, there are few. */
const OUTCOMES_MAX = 40;

export interface FuzzOptions {
  /** Hears of each boundary as it is done. */
  onBoundary?: (report: BoundaryReport) => void;
  seed: number;
  inputs: number;
  postgresUrl: string;
}

export interface BoundaryReport {
  name: string;
  inputs: number;
  perSecond: number;
  /** Most time that the thread spent on an input, ms: what others on the machine do does not count. */
  slowestCpuMs: number;
  outcomes: Record<string, number>;
  /** First fault of each kind. */
  faults: string[];
}

export interface FuzzReport {
  boundaries: BoundaryReport[];
  /** Largest resident set, bytes. */
  rssMax: number;
  seconds: number;
}

/** Gives every boundary its share of generated inputs; one boundary after another, the same for the same seed. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const random = new Random(options.seed);
  const boundaries = [
    logLines(),
    lineJobs(),
    scoredJobs(),
    config(),
    rulePacks(),
    pushBodies(),
    ...(await gatewayInputs(options.postgresUrl)),
    ...(await storing(options.postgresUrl)),
  ];
  const startedMs = performance.now();
  const report: FuzzReport = { boundaries: [], rssMax: 0, seconds: 0 };
  for (const boundary of boundaries) {
    const done = await fuzz(boundary, Math.ceil(options.inputs * boundary.share), random.fork(), report);
    report.boundaries.push(done);
    options.onBoundary?.(done);
  }
  // Afterwards, since several boundaries may share a server.
  for (const [at, boundary] of boundaries.entries()) {
    await boundary.close?.().catch((error: unknown) => report.boundaries[at]!.faults.push(String(error)));
  }
  report.seconds = (performance.now() - startedMs) / 1_000;
  return report;
}

async function fuzz(boundary: Boundary, inputs: number, random: Random, whole: FuzzReport): Promise<BoundaryReport> {
  const outcomes: Record<string, number> = {};
  const faults = new Map<string, string>();
  let slowestCpuMs = 0;
  const startedMs = performance.now();
  for (let input = 0; input < inputs; input += 1) {
    const atCpuMs = threadCpuMs();
    let outcome: string;
    try {
      const given = boundary.tryOne(random);
      outcome = typeof given === 'string' ? given : await answerWithin(() => given, HANG_MS);
    } catch (error) {
      outcome = 'FAULT';
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const kind = text.slice(0, 60);
      if (!faults.has(kind) && faults.size < 10) faults.set(kind, `input ${input}: ${text.slice(0, 1_500)}`);
    }
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    slowestCpuMs = Math.max(slowestCpuMs, threadCpuMs() - atCpuMs);
    if (input % 1_000 === 0) {
      whole.rssMax = Math.max(whole.rssMax, process.memoryUsage.rss());
      // Servers in this process want their turn, too.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (slowestCpuMs > INPUT_CPU_MS_MAX) faults.set('slow', `an input kept its thread busy for ${slowestCpuMs} ms`);
  if (Object.keys(outcomes).length > OUTCOMES_MAX)
    faults.set('outcomes', 'more outcomes than a metric may have labels');
  const seconds = (performance.now() - startedMs) / 1_000;
  return {
    name: boundary.name,
    inputs,
    perSecond: inputs / seconds,
    slowestCpuMs,
    outcomes,
    faults: [...faults.values()],
  };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** What became of one boundary, as text. */
export function boundaryText({ name, inputs, perSecond, slowestCpuMs, outcomes, faults }: BoundaryReport): string {
  const counts = Object.entries(outcomes)
    .toSorted((a, b) => b[1] - a[1])
    .map(([outcome, count]) => `${outcome} ${count}`);
  const head = `${name}: ${inputs} inputs, ${perSecond.toFixed(0)} a second, slowest ${slowestCpuMs.toFixed(0)} ms of CPU`;
  return [head, `    ${counts.join(', ')}`, ...faults.map((fault) => `    FAULT ${fault}`)].join('\n');
}

/** What became of all of them, in a line. */
export function summaryText(report: FuzzReport): string {
  const inputs = report.boundaries.reduce((sum, boundary) => sum + boundary.inputs, 0);
  const memory = `${(report.rssMax / 1024 / 1024).toFixed(0)} MiB resident at most`;
  const faults = report.boundaries.reduce((sum, boundary) => sum + boundary.faults.length, 0);
  return `${inputs} inputs in ${report.seconds.toFixed(0)} s, ${memory}, ${faults} faults`;
}
