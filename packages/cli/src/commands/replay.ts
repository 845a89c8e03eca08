import { setTimeout as delay } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { Command } from 'commander';
import { retry } from '@vigil/shared/lifecycle/retry';
import { UserError } from '../exit.ts';
import { lineChunks, openInput } from '../line-chunks.ts';
import { userPath } from '../paths.ts';

/** Well below what the ingestor takes in one request. */
const PUSH_LINES_MAX = 2_000;

interface ReplayOptions {
  url: string;
  key?: string;
  source?: string;
  rate?: string;
}

/**
 * `vigil replay`: sends a log to a running Vigil. The batches' ids follow from the content, so replaying a file again, or the rest
 * of it after an interruption, changes nothing that is there.
 */
export function replayCommand(): Command {
  return new Command('replay')
    .description('send log files to a running Vigil over HTTP')
    .argument('<files...>', 'log files, .gz included, or - for standard input')
    .option('--url <url>', 'address (VIGIL_URL)', process.env['VIGIL_URL'] ?? 'http://127.0.0.1:8080')
    .option('--key <key>', 'API key with the scope "ingest" (VIGIL_API_KEY)')
    .option('--source <name>', 'name of the source; by default the file’s path')
    .option('--rate <lines>', 'lines per second; by default as fast as they are taken')
    .action(async (files: string[], options: ReplayOptions) => {
      const key = options.key ?? process.env['VIGIL_API_KEY'];
      if (key === undefined) throw new UserError('Give an API key with --key or VIGIL_API_KEY.');
      const linesPerSecond = options.rate === undefined ? Number.POSITIVE_INFINITY : Number(options.rate);
      if (!(linesPerSecond > 0)) throw new UserError('--rate must be a number of lines per second above 0.');
      for (const file of files) {
        const path = userPath(file);
        const source = options.source ?? (path === '-' ? 'stdin' : path);
        const totals = await replayFile(path, new URL('/ingest/batch', options.url), key, source, linesPerSecond);
        console.log(`${source}: ${totals.accepted} lines accepted, ${totals.rejected} rejected`);
      }
    });
}

async function replayFile(path: string, url: URL, key: string, source: string, linesPerSecond: number) {
  const totals = { accepted: 0, rejected: 0 };
  const startedMs = performance.now();
  for await (const chunk of lineChunks(openInput(path))) {
    for (const part of parts(chunk.bytes)) {
      const digest = createHash('sha256').update(source).update('\0').update(part).digest('hex').slice(0, 32);
      const answer = await push(url, key, source, `replay-${chunk.offset}-${digest}`, part);
      totals.accepted += answer.accepted;
      totals.rejected += Object.values(answer.rejected).reduce((sum, n) => sum + n, 0);
      const dueMs = ((totals.accepted + totals.rejected) / linesPerSecond) * 1000;
      await delay(Math.max(0, dueMs - (performance.now() - startedMs)));
    }
  }
  return totals;
}

/** Cuts a chunk into pieces of at most `PUSH_LINES_MAX` lines. */
function* parts(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < bytes.length) {
    let end = start;
    for (let lines = 0; lines < PUSH_LINES_MAX && end !== -1; lines += 1)
      end = bytes.indexOf(0x0a, lines === 0 ? start : end + 1);
    yield bytes.subarray(start, end === -1 ? bytes.length : end);
    start = end === -1 ? bytes.length : end + 1;
  }
}

interface Answer {
  accepted: number;
  rejected: Record<string, number>;
}

async function push(url: URL, key: string, source: string, batchId: string, lines: Buffer): Promise<Answer> {
  const address = new URL(url);
  address.searchParams.set('source', source);
  address.searchParams.set('batch_id', batchId);
  const once = async (): Promise<Answer> => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'x-api-key': key },
      body: new Uint8Array(lines),
    });
    const body = (await response.json()) as Answer & { detail?: string };
    if (response.ok) return body;
    if (response.status === 503 || response.status === 429) throw new Error(body.detail);
    throw new UserError(`${address.origin} refuses the lines (${response.status}): ${body.detail ?? ''}`);
  };
  return retry(once, {
    delayMs: 500,
    isTransient: (error) => !(error instanceof UserError),
    onRetry: (error, attempt) => {
      if (attempt === 1 || attempt % 10 === 0)
        console.error(`${address.origin} does not take lines (${String(error)}); trying on`);
    },
  });
}
