import { Command } from 'commander';
import pc from 'picocolors';
import { AlertStream, StreamRefusedError } from '@vigil/client';
import { UserError } from '../exit.ts';
import { restUrl } from '../server-address.ts';
import { checkNames } from '../tail/check-names.ts';
import { LiveTallies } from '../tail/live-tallies.ts';
import { topView, type PipelineFigures } from '../tail/top-view.ts';
import { streamTarget, withStreamOptions, type StreamFlags } from './stream-options.ts';

const REFRESH_MS = 1_000;
const STATS_INTERVAL_MS = 5_000;
const TOP = 50;

/** Without wrapping: terminals do not agree how wide Chinese or an emoji is, and a line that wraps pushes the first off the screen. */
const ALTERNATE_SCREEN = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const MAIN_SCREEN = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** `vigil top`: a screen of rates, classes, sources and paths that renews itself; Ctrl-C leaves. */
export function topCommand(): Command {
  const command = new Command('top').description('watch rates, classes and sources on a screen that renews itself');
  return withStreamOptions(command).action((flags: StreamFlags) => top(flags, process.stdout));
}

type Screen = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** @throws UserError where the gateway refuses, or the output is no terminal */
export async function top(flags: StreamFlags, out: Screen): Promise<void> {
  if (out.isTTY !== true) throw new UserError('vigil top needs a terminal; vigil tail --json is for pipes.');
  const colours = pc.createColors(pc.isColorSupported);
  const target = streamTarget(flags);
  await checkNames(flags, target.key);
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const tallies = new LiveTallies();
  let state = 'connecting';
  let pipeline: PipelineFigures | undefined;

  const draw = (): void => {
    const rows = out.rows ?? 24;
    const input = { url: flags.url, state, total: tallies.total, pipeline, columns: out.columns ?? 80, rows };
    const lines = topView({ ...input, snapshot: tallies.snapshot(performance.now(), TOP) }, colours);
    // Cleared before it is written: behind a line that fills the screen's width the cursor still stands on its last character.
    const screen = lines.map((line) => CLEAR_TO_LINE_END + line).join('\r\n');
    out.write(HOME + screen + (lines.length < rows ? `\r\n${CLEAR_BELOW}` : ''));
  };
  const ask = async (): Promise<void> => {
    pipeline = await readPipeline(flags.url, target.key);
  };
  const drawing = setInterval(draw, REFRESH_MS);
  const asking = setInterval(() => void ask(), STATS_INTERVAL_MS);
  out.write(ALTERNATE_SCREEN);
  try {
    void ask();
    const stream = new AlertStream({
      ...target,
      signal: abort.signal,
      onState: (now) => {
        state = now.state === 'open' ? 'live' : now.reason;
        draw();
      },
    });
    for await (const alert of stream) tallies.add(alert, performance.now());
  } catch (error) {
    if (error instanceof StreamRefusedError) throw new UserError(error.message);
    throw error;
  } finally {
    clearInterval(drawing);
    clearInterval(asking);
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    out.write(MAIN_SCREEN);
  }
}

/** Undefined where the gateway does not answer or the key may not read: the screen does without. */
async function readPipeline(base: string, key: string): Promise<PipelineFigures | undefined> {
  try {
    const url = restUrl(base, 'stats?range=1h');
    const response = await fetch(url, {
      headers: { 'x-api-key': key },
      // A key goes to no other address.
      redirect: 'error',
      signal: AbortSignal.timeout(STATS_INTERVAL_MS),
    });
    return response.ok ? ((await response.json()) as { pipeline: PipelineFigures }).pipeline : undefined;
  } catch {
    return undefined;
  }
}
