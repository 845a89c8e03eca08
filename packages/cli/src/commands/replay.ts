import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { UserError } from '../exit.ts';
import { ingestUrl } from '../ingest/ingest-url.ts';
import { portions } from '../ingest/portions.ts';
import { userPath } from '../paths.ts';
import { pushLines, tellBusy, type PushTarget } from '../ingest/push-lines.ts';
import { sendableKey } from '../sendable-key.ts';
import { defaultServer } from '../server-address.ts';
import { readLog, requireFiles } from '../user-files.ts';

interface ReplayOptions {
  url: string;
  key?: string;
  source?: string;
  rate?: string;
}

/**
 * `vigil replay`: sends a log to a running Vigil. A line's id follows from its place behind what stands before it, so replaying a log
 * again, the rest of it after an interruption, or a log that has grown gives no event twice. Of a log that has grown, up to 2,000 lines
 * before the new ones are scored and counted again: a batch counts once, and theirs is not the one that it was. A line that was changed
 * in its place counts as the one that it was, too, if that gave an event: a log that was edited wants a `--source` of its own.
 */
export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'send log files to a running Vigil over HTTP; sent again they give no event twice, but those that it follows itself do',
    )
    .argument('<files...>', 'log files, .gz and .zst included, or - for standard input up to its end')
    .option('--url <url>', 'address (VIGIL_URL)', defaultServer())
    .option('--key <key>', 'API key with the scope "ingest" (VIGIL_API_KEY)')
    .option('--source <name>', 'name of the source; by default the file’s path')
    .option('--rate <lines>', 'lines per second; by default as fast as they are taken')
    .action(async (files: string[], options: ReplayOptions) => {
      const given = options.key ?? process.env['VIGIL_API_KEY'];
      if (given === undefined || given === '') throw new UserError('Give an API key with --key or VIGIL_API_KEY.');
      const key = sendableKey(given);
      const linesPerSecond = options.rate === undefined ? Number.POSITIVE_INFINITY : Number(options.rate);
      if (!(linesPerSecond > 0)) throw new UserError('--rate must be a number of lines per second above 0.');
      const url = ingestUrl(options.url);
      const onBusy = tellBusy(url);
      const paths = files.map(userPath);
      await requireFiles(paths);
      for (const path of paths) {
        const source = options.source ?? (path === '-' ? 'stdin' : path);
        const totals = { accepted: 0, rejected: 0 };
        try {
          await replayFile(path, { url, key, source, onBusy }, { linesPerSecond, totals });
        } finally {
          // Also of a file that fails on the way: what stood before that is taken.
          console.log(`${source}: ${totals.accepted} lines accepted, ${totals.rejected} rejected`);
        }
      }
    });
}

interface Replay {
  linesPerSecond: number;
  /** Grow with what is sent. */
  totals: { accepted: number; rejected: number };
}

async function replayFile(path: string, target: PushTarget, { linesPerSecond, totals }: Replay): Promise<void> {
  const startedMs = performance.now();
  for await (const portion of portions(readLog(path))) {
    const answer = await pushLines(target, portion.id, portion.bytes);
    totals.accepted += answer.accepted;
    totals.rejected += Object.values(answer.rejected).reduce((sum, n) => sum + n, 0);
    const dueMs = ((totals.accepted + totals.rejected) / linesPerSecond) * 1000;
    await delay(Math.max(0, dueMs - (performance.now() - startedMs)));
  }
}
