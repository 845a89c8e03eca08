import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack, type StackProcess } from '@vigil/dev-services/stack';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { QUEUE_NAMES } from '@vigil/shared/queue/job-queue';
import { openDatabase } from '@vigil/shared/storage/database';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertListener } from './alert-listener.ts';
import { AttackLog } from './attack-log.ts';
import { expectExactlyOnce } from './journey.ts';
import { SteadyLoad } from './steady-load.ts';
import { until } from './until.ts';

let folder: string;
let stack: Stack | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-rolling-'));
});
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** As a rollout ends a pod: SIGTERM, and whatever it takes to finish. Resolves with how the process ended. */
async function terminate(one: StackProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  await one.kill('SIGTERM');
  return one.ended();
}

/** Names of what BullMQ reported of a queue's jobs since the stack began. */
async function jobEvents(redis: Redis, queue: string): Promise<string[]> {
  const entries = (await redis.xrange(`bull:${queue}:events`, '-', '+')) as [string, string[]][];
  return entries.map(([, fields]) => fields[fields.indexOf('event') + 1]!);
}

describe('rolling every deployment under load', () => {
  it('fails no job, loses no line and tells each alert once', { timeout: 240_000 }, async () => {
    const log = new AttackLog(join(folder, 'access.log'));
    stack = await startStack({
      scorers: 2,
      logPaths: [log.path],
      dataDir: join(folder, 'data'),
      // As deploy/k8s has it.
      env: { SHUTDOWN_TIMEOUT_MS: '20000' },
    });
    const redis = new Redis(stack.servers.redis.url);
    const queue = createRedisQueueBackend(stack.servers.redis.url);
    const database = await openDatabase(stack.databaseUrl);
    const listener = new AlertListener();
    await listener.connect(stack.gatewayUrl, stack.apiKey);
    const load = new SteadyLoad(log, { url: stack.ingestorUrl, apiKey: stack.apiKey });
    const clean = { code: 0, signal: null };
    const firstScorers = stack.scorers.slice();
    try {
      await until('alerts are heard', () => listener.alerts.length > 0);
      // Surge: the new one is ready before the old one is told to go.
      for (const old of firstScorers) {
        await stack.addScorer();
        expect(await terminate(old)).toEqual(clean);
      }
      for (const one of [stack.ingestor, stack.dispatcher]) {
        expect(await terminate(one)).toEqual(clean);
        await one.restart();
      }
      expect(await terminate(stack.gateway)).toEqual(clean);
      await stack.gateway.restart();
      await listener.connect(stack.gatewayUrl, stack.apiKey);
      const heardBefore = listener.alerts.length;
      await until('alerts are heard again', () => listener.alerts.length > heardBefore);
      await load.stop();

      // While it stops, the ingestor sends pushes away (503) or does not answer; it never takes and drops one.
      for (const status of load.refusals) expect([503, undefined]).toContain(status);
      await expectExactlyOnce(database, load, listener);
      for (const name of QUEUE_NAMES) {
        expect(await queue.depth(name)).toMatchObject({ waiting: 0, delayed: 0, failed: 0 });
        const events = await jobEvents(redis, name);
        expect(events).toContain('completed');
        // A job that failed and was tried again, or that its worker left behind, would show here.
        expect(events.filter((event) => ['failed', 'delayed', 'stalled', 'retries-exhausted'].includes(event))).toEqual(
          [],
        );
      }
      expect(await database.query('select id from dead_letters')).toEqual([]);
    } finally {
      await load.stop();
      listener.close();
      await database.close();
      await queue.close();
      redis.disconnect();
    }
  });
});
