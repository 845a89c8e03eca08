import { testServices } from '@vigil/dev-services/test-services';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { connectRedis } from '../redis/connect-redis.ts';
import { createRedisScorerRoster, type ScorerRoster } from './scorer-roster.ts';

const NOW_MS = Date.UTC(2026, 2, 2);
let redisUrl = '';
let roster: ScorerRoster;

beforeAll(async () => {
  ({ redisUrl } = await testServices(['redis']));
});

afterEach(() => roster.close());

const report = (id: string, atMs: number) => ({ id, rulesVersion: 'v1', linesPerSecond: 10, atMs });

test('names the scorers that report, and neither those that left nor those that fell silent', async () => {
  roster = createRedisScorerRoster(redisUrl, 'roster');
  expect(await roster.alive(NOW_MS)).toEqual([]);
  for (const id of ['pod-10', 'pod-9', 'left']) await roster.report(report(id, NOW_MS));
  await roster.report(report('killed', NOW_MS - 15_001));
  await roster.leave('left');
  expect(await roster.alive(NOW_MS)).toEqual([report('pod-9', NOW_MS), report('pod-10', NOW_MS)]);
});

test('keeps no trace of scorers that were killed, and bears reports of another release', async () => {
  roster = createRedisScorerRoster(redisUrl, 'pruned');
  const redis = connectRedis(redisUrl);
  await redis.hset('pruned:scorers', 'newer', JSON.stringify({ version: 2 }));
  await roster.report(report('killed', NOW_MS - 60_000));
  await roster.report(report('pod', NOW_MS));
  expect((await redis.hkeys('pruned:scorers')).sort()).toEqual(['newer', 'pod']);
  expect(await roster.alive(NOW_MS)).toEqual([report('pod', NOW_MS)]);
  redis.disconnect();
});

test('passes on what the last scorer said of its rules', async () => {
  roster = createRedisScorerRoster(redisUrl, 'rules');
  expect(await roster.rules()).toBeUndefined();
  await roster.tellRules({ packs: ['old'] });
  await roster.tellRules({ packs: ['new'] });
  expect(await roster.rules()).toEqual({ packs: ['new'] });
});
