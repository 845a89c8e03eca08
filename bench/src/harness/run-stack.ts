import { linkSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@vigil/dev-services/embedded-postgres';
import { startRedis } from '@vigil/dev-services/redis';
import { startStack, type Stack } from '@vigil/dev-services/stack';
import { openDatabase, type Database } from '@vigil/shared/storage/database';
import { usageOf, type Usage } from './process-usage.ts';
import type { TrafficFile } from './traffic-file.ts';

export interface StackRun {
  /** Seconds from the file's appearance until PostgreSQL accounts for its last line. */
  accountedSeconds: number;
  /** Seconds until every alert is published to Redis and JetStream. */
  publishedSeconds: number;
  events: number;
  /** What each process used between the file's appearance and the last publication, by its name. */
  cpuSeconds: Record<string, number>;
  /** Largest resident memory of each process that was seen, bytes. */
  peakBytes: Record<string, number>;
}

export interface StackRunOptions {
  scorers: number;
  env?: NodeJS.ProcessEnv;
  /** Flags of Node for the services. */
  nodeArgs?: readonly string[];
  /** Called every half second with what the processes use. */
  onSample?: (elapsedSeconds: number, usage: Record<string, Usage>) => void;
  /** Called when all is published and everything still runs. */
  onDone?: (stack: Stack, database: Database) => Promise<void>;
}

/** Every look costs PostgreSQL time that counts as the stack's. */
const POLL_MS = 100;
const SAMPLE_MS = 500;

/**
 * Takes a file through the whole distributed stack, each time on fresh servers: fsync on in PostgreSQL, Redis' append-only file
 * written out every second, windows in Redis, one log record per stored event.
 */
export async function runStack(file: TrafficFile, options: StackRunOptions): Promise<StackRun> {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-stack-'));
  const redis = await startRedis({ dataDir: join(folder, 'redis'), appendOnly: true, appendFsync: 'everysec' });
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durable: true });
  // The ingestor finds the file when it is named: it waits for a path that does not exist yet.
  const live = join(folder, 'access.log');
  try {
    const stack = await startStack({
      scorers: options.scorers,
      logPaths: [live],
      servers: { redis, postgres },
      dataDir: join(folder, 'stack'),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.nodeArgs === undefined ? {} : { nodeArgs: options.nodeArgs }),
    });
    try {
      return await measure(stack, file, live, options);
    } finally {
      await stack.stop();
    }
  } finally {
    await Promise.all([redis.stop(), postgres.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(stack: Stack, file: TrafficFile, live: string, options: StackRunOptions): Promise<StackRun> {
  const database = await openDatabase(stack.databaseUrl, { poolMax: 1 });
  try {
    const peakBytes: Record<string, number> = {};
    const before = usages(stack);
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1000;
    const sample = (): void => {
      const now = usages(stack);
      for (const [name, { residentBytes }] of Object.entries(now))
        peakBytes[name] = Math.max(peakBytes[name] ?? 0, residentBytes);
      options.onSample?.(elapsed(), now);
    };
    const sampling = setInterval(sample, SAMPLE_MS);
    try {
      linkSync(file.path, live);
      while ((await accountedLines(database)) < file.lines) await delay(POLL_MS);
      const accountedSeconds = elapsed();
      while (!(await allPublished(database))) await delay(POLL_MS);
      const publishedSeconds = elapsed();
      sample();
      const after = usages(stack);
      await options.onDone?.(stack, database);
      const rows = await database.query<{ n: string }>('select count(*) as n from events');
      return {
        accountedSeconds,
        publishedSeconds,
        events: Number(rows[0]?.n),
        cpuSeconds: Object.fromEntries(
          Object.entries(after).map(([name, { cpuSeconds }]) => [name, cpuSeconds - (before[name]?.cpuSeconds ?? 0)]),
        ),
        peakBytes,
      };
    } finally {
      clearInterval(sampling);
    }
  } finally {
    await database.close();
  }
}

function usages(stack: Stack): Record<string, Usage> {
  return Object.fromEntries(processesOf(stack).map(({ name, pid }) => [name, usageOf(pid)]));
}

/** All that runs for a stack, its servers included. A pid changes with a restart, so ask for it when it is needed. */
export function processesOf(stack: Stack): readonly { readonly name: string; readonly pid?: number | undefined }[] {
  const { servers, ingestor, scorers, dispatcher, gateway } = stack;
  return [ingestor, ...scorers, dispatcher, gateway, ...Object.values(servers)];
}

/** Lines that the database says were scored, rejected or dead-lettered. */
export async function accountedLines(database: Database): Promise<number> {
  const rows = await database.query<{ n: string }>(
    `select coalesce(sum(lines), 0) as n from line_tallies
     where outcome like 'scored:%' or outcome like 'rejected:%' or outcome = 'dead_lettered'`,
  );
  return Number(rows[0]?.n);
}

async function allPublished(database: Database): Promise<boolean> {
  const rows = await database.query<{ done: boolean }>(
    `select not exists (select 1 from outbox) and bool_and(c.published_seq = s.last_seq) as done
     from relay_cursors c, relay_state s`,
  );
  return rows[0]?.done === true;
}
