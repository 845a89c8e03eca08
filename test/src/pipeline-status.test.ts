import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '@vigil/dev-services/stack';
import { createRedisAlertBus } from '@vigil/shared/bus/redis-alert-bus';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { AttackLog } from './attack-log.ts';
import { until } from './until.ts';

/** What the console's pipeline and rules pages are made from, as far as it matters here. */
interface Shown {
  scorers: { id: string; rules_version: string; lines_per_second: number }[] | null;
  queues: Record<'lines' | 'scored', { waiting: number; oldest_age_seconds: number }> | null;
  rules: { version: string; suppressions: number | null };
}

let folder: string;
let stack: Stack;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-status-'));
});
afterEach(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`${stack.gatewayUrl}${path}`, { headers: { 'x-api-key': stack.apiKey } });
  return (await answer.json()) as T;
}

it('shows the scorers, rules, lines and queues of other processes as they are', { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, 'suppressions.yaml'), '- { id: zoo, reason: our zoo, path: /zoo/* }');
  const log = new AttackLog(join(folder, 'access.log'));
  // A prefix that is not the default: a service that forgets it sees empty queues and nobody, and another Vigil's alerts.
  const env = { QUEUE_PREFIX: 'other', RULES_DIR: folder };
  stack = await startStack({ scorers: 2, logPaths: [log.path], env });
  const redis = new Redis(stack.servers.redis.url);
  const bus = createRedisAlertBus(stack.servers.redis.url, { prefix: 'other' });
  onTestFinished(async () => {
    redis.disconnect();
    await bus.close();
  });
  expect(await redis.pubsub('CHANNELS')).toEqual(['other:alerts']);
  let alertsHeard = 0;
  await bus.subscribe({ onAlerts: (alerts) => (alertsHeard += alerts.length) });
  let shown = await get<Shown>('/models/status');
  const look = async (): Promise<Shown> => (shown = await get<Shown>('/models/status'));
  const seen = (): unknown => shown;

  log.write(1_000);
  const isScored = async (): Promise<boolean> => {
    const rates = (await look()).scorers?.map((scorer) => scorer.lines_per_second) ?? [];
    return rates.length === 2 && rates.some((rate) => rate > 0);
  };
  await until('both scorers report, and one that it scored', isScored, 60_000, seen);
  expect(shown.rules.suppressions).toBe(1);
  expect(new Set(shown.scorers!.map((scorer) => scorer.rules_version))).toEqual(new Set([shown.rules.version]));
  expect(await get('/rules')).toMatchObject({ suppressions: [{ id: 'zoo', reason: 'our zoo', path: '/zoo/*' }] });
  const isAccounted = async (): Promise<boolean> => {
    const { pipeline } = await get<{ pipeline: { read: number } }>('/stats?range=1h');
    return pipeline.read === 1_000;
  };
  await until('each line is accounted for', isAccounted);
  await until('each alert is heard', () => alertsHeard === log.expected.size);

  await stack.scorers[0]!.stop();
  await until('one scorer is left', async () => (await look()).scorers?.length === 1, 10_000, seen);
  await stack.scorers[1]!.stop();
  log.write(100);
  const waits = async (): Promise<boolean> => {
    const { scorers, queues } = await look();
    return scorers?.length === 0 && queues!.lines.waiting > 0 && queues!.lines.oldest_age_seconds > 0;
  };
  await until('none is left, and what was read waits', waits, 20_000, seen);
});
