import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { AlertStream, StreamRefusedError, type GapFrame } from '@vigil/client';
import { printableJson } from '@vigil/shared/text/printable';
import { UserError } from '../exit.ts';
import { AlertFolding } from '../tail/alert-folding.ts';
import { alertLine, moreLine } from '../tail/alert-line.ts';
import { checkNames } from '../tail/check-names.ts';
import { streamTarget, withStreamOptions, type StreamFlags } from './stream-options.ts';

const SUMMARY_INTERVAL_MS = 5_000;

interface TailFlags extends StreamFlags {
  after?: number;
  json?: boolean;
  count?: number;
  all?: boolean;
}

/**
 * `vigil tail`: live alerts, one a line, over any outage of the gateway. In a terminal what one address goes on with is summed up, so
 * that a scan of thousands of requests does not hide what else happens.
 */
export function tailCommand(): Command {
  const command = new Command('tail').description('print alerts as they come');
  return withStreamOptions(command)
    .option('--after <seq>', 'first what came after this seq (0: everything that is kept)', wholeNumber)
    .option('--count <n>', 'end after so many', wholeNumber)
    .option('--json', 'one JSON object a line')
    .option('--all', 'each alert also in a terminal, where else what one address goes on with is summed up')
    .action((flags: TailFlags) => tail(flags, process.stdout));
}

/** @throws UserError where the gateway refuses, or no rule can give what is asked for */
export async function tail(flags: TailFlags, out: NodeJS.WritableStream & { isTTY?: boolean }): Promise<void> {
  const colours = pc.createColors(out.isTTY === true && pc.isColorSupported);
  const target = streamTarget(flags);
  await checkNames(flags, target.key);
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  // Whoever reads may leave early: `vigil tail | head`.
  out.once('error', stop);
  const note = (text: string): void => void process.stderr.write(`${colours.dim(`-- ${text}`)}\n`);
  const stream = new AlertStream({
    ...target,
    ...(flags.after === undefined ? {} : { after: flags.after }),
    signal: abort.signal,
    onGap: (gap) => note(gapText(gap)),
    // Whoever hears nothing has to know whether nothing happens or nobody listens.
    onState: (state) =>
      note(
        state.state === 'open'
          ? 'listening'
          : `${state.reason}; trying again in ${(state.retryAfterMs / 1_000).toFixed(1)} s`,
      ),
  });
  const folding = out.isTTY === true && flags.json !== true && flags.all !== true ? new AlertFolding() : undefined;
  const sumUp = (): void => {
    if (!out.writable) return;
    for (const more of folding?.takeMore() ?? []) out.write(`${moreLine(more, colours)}\n`);
  };
  let left = flags.count ?? Infinity;
  if (left === 0) return stream.close();
  const summaries = setInterval(sumUp, SUMMARY_INTERVAL_MS);
  try {
    for await (const alert of stream) {
      if (folding?.shows(alert) ?? true) {
        const text = `${flags.json === true ? printableJson(JSON.stringify(alert)) : alertLine(alert, colours)}\n`;
        if (!out.write(text)) await drained(out, abort.signal);
      }
      left -= 1;
      if (left === 0) break;
    }
  } catch (error) {
    if (error instanceof StreamRefusedError) throw new UserError(error.message);
    throw error;
  } finally {
    clearInterval(summaries);
    sumUp();
    process.off('SIGINT', stop);
  }
}

function gapText({ from, to, reason }: GapFrame): string {
  if (reason === 'ahead_of_stream')
    return `the last alert here is ${from - 1}, not ${to}: is this another database? going on with what comes now`;
  return `alerts ${from} to ${to} can no longer be had (${reason})`;
}

async function drained(out: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  // Where it ends by the signal, or whoever reads has left, so does the stream.
  await once(out, 'drain', { signal }).catch(() => undefined);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a whole number.');
  return Number(text);
}
