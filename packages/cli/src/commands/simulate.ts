import { Command, InvalidArgumentError, Option } from 'commander';
import { positiveInteger } from '@vigil/dev-services/positive-integer';
import { SIMULATE_MODES, type SimulateMode } from '@vigil/traffic/generate-traffic';
import { UserError } from '../exit.ts';
import { userPath } from '../paths.ts';
import { runSimulation } from '../simulate/run-simulation.ts';
import { fileSink, httpSink, streamSink, type LineSink } from '../simulate/sinks.ts';

interface SimulateFlags {
  mode: SimulateMode;
  rate?: number;
  count?: number;
  attackShare?: number;
  seed: number;
  start?: number;
  out?: string;
  url?: URL;
  key?: string;
}

/** Lines per second of log time where none is asked for. */
const RATE_DEFAULT = 50;

/** `vigil simulate`: realistic traffic with attacks in it, into a file, to standard output, or to a Vigil on this machine. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('write realistic web traffic with attacks in it, to try Vigil out')
    .addOption(new Option('--mode <mode>', 'which attacks').choices(SIMULATE_MODES).default('mixed'))
    .option(
      '--rate <lines>',
      `lines per second; without it and with --count, as fast as possible (else ${RATE_DEFAULT})`,
      positive,
    )
    .option('--count <lines>', 'how many lines; endless by default', positiveInteger)
    .option('--attack-share <share>', 'share of attacks, 0 to 1 (0.02; 0.5 for scanner and flood)', share)
    .option('--seed <number>', 'the same seed gives the same traffic', whole, 1)
    .option('--start <time>', 'time of the first line, ISO 8601 (now)', time)
    .option('--out <file>', 'append to this file; - is standard output (the default)')
    .option('--url <url>', 'post to /ingest/batch of a Vigil on this machine instead', url)
    .addOption(new Option('--key <key>', 'API key for --url').env('VIGIL_API_KEY'))
    .action(simulate);
}

async function simulate(flags: SimulateFlags): Promise<void> {
  const { mode, seed, count, attackShare, start } = flags;
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const paced = flags.rate !== undefined || count === undefined;
  const begunMs = performance.now();
  try {
    const sink = await sinkOf(flags, abort.signal);
    const { lines, attacks } = await runSimulation({
      mode,
      seed,
      count,
      attackShare,
      rate: flags.rate ?? RATE_DEFAULT,
      startMs: start ?? Date.now(),
      sink,
      paced,
      signal: abort.signal,
    });
    const seconds = (performance.now() - begunMs) / 1000;
    process.stderr.write(`${lines} lines, ${attacks} of them attacks, in ${seconds.toFixed(1)} s\n`);
  } catch (error) {
    // Whoever read our output (`| head`) has enough.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

async function sinkOf({ out, url: target, key }: SimulateFlags, signal: AbortSignal): Promise<LineSink> {
  if (target !== undefined && out !== undefined) throw new UserError('Give either --out or --url.');
  if (target !== undefined) return httpSink(target, key, signal);
  return out === undefined || out === '-' ? streamSink(process.stdout, false) : fileSink(userPath(out));
}

/** NaN also for an empty text, as of a variable that was never set, which is 0 to JavaScript. */
function numberIn(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

function positive(text: string): number {
  const value = numberIn(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('must be a positive number.');
  return value;
}

function whole(text: string): number {
  const value = numberIn(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('must be a whole number.');
  return value;
}

function share(text: string): number {
  const value = numberIn(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('must be a number from 0 to 1.');
  return value;
}

/** Since 1970, as ISO 8601 writes it: JavaScript takes "12" for a month and "0000" for a year, which are slips. */
function time(text: string): number {
  const value = /^\d{4}(-\d|$)/.test(text) ? Date.parse(text) : NaN;
  if (!(value >= 0)) throw new InvalidArgumentError('must be a time such as 2026-03-01T12:00:00Z.');
  return value;
}

function url(text: string): URL {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new InvalidArgumentError('must be an http:// URL.');
  return new URL(text);
}
