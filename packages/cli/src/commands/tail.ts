import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { AlertStream, StreamRefusedError, type GapFrame } from '@vigil/client';
import { printableJson } from '@vigil/shared/text/printable';
import { UserError } from '../exit.ts';
import { alertLine } from '../tail/alert-line.ts';
import { streamTarget, withStreamOptions, type StreamFlags } from './stream-options.ts';

interface TailFlags extends StreamFlags {
  after?: number;
  json?: boolean;
  count?: number;
}

/** `vigil tail`: live alerts, one a line, over any outage of the gateway. */
export function tailCommand(): Command {
  const command = new Command('tail').description('print alerts as they come');
  return withStreamOptions(command)
    .option('--after <seq>', 'first what came after this seq (0: everything that is kept)', wholeNumber)
    .option('--count <n>', 'end after so many', wholeNumber)
    .option('--json', 'one JSON object a line')
    .action((flags: TailFlags) => tail(flags, process.stdout));
}

/** @throws UserError where the gateway refuses */
export async function tail(flags: TailFlags, out: NodeJS.WritableStream & { isTTY?: boolean }): Promise<void> {
  const colours = pc.createColors(out.isTTY === true && pc.isColorSupported);
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  // Whoever reads may leave early: `vigil tail | head`.
  out.once('error', stop);
  const note = (text: string): void => void process.stderr.write(`${colours.dim(`-- ${text}`)}\n`);
  const stream = new AlertStream({
    ...streamTarget(flags),
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
  let left = flags.count ?? Infinity;
  if (left === 0) return stream.close();
  try {
    for await (const alert of stream) {
      const text = `${flags.json === true ? printableJson(JSON.stringify(alert)) : alertLine(alert, colours)}\n`;
      if (!out.write(text)) await drained(out, abort.signal);
      left -= 1;
      if (left === 0) break;
    }
  } catch (error) {
    if (error instanceof StreamRefusedError) throw new UserError(error.message);
    throw error;
  } finally {
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
