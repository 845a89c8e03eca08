import { testServices } from '@vigil/dev-services/test-services';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { connectRedis } from '../redis/connect-redis.ts';
import { createRedisScorerRoster, type ScorerRoster } from './scorer-roster.ts';

let redisUrl = '';
let roster: ScorerRoster;

beforeAll(async () => {
  ({ redisUrl } = await testServices(['redis']));
});

afterEach(() => roster.close());

const report = (id: string) => ({ id, rulesVersion: 'v1', linesPerSecond: 10 });
const idsOf = (reports: readonly { id: string }[]): string[] => reports.map(({ id }) => id);

test('names the scorers that report, and neither those that left nor those that fell silent', async () => {
  roster = createRedisScorerRoster(redisUrl, 'roster');
  const redis = connectRedis(redisUrl);
  expect(await roster.alive()).toEqual([]);
  for (const id of ['pod-10', 'pod-9', 'left']) await roster.report(report(id));
  for (const [id, ageMs] of [
    ['killed', 16_000],
    ['killed while the clock was ahead', -86_400_000],
  ] as const)
    await redis.hset('roster:scorers', id, JSON.stringify({ ...report(id), atMs: Date.now() - ageMs }));
  await roster.leave('left');
  const alive = await roster.alive();
  expect(alive).toMatchObject([report('pod-9'), report('pod-10')]);
  expect(Math.abs(alive[0]!.atMs - Date.now())).toBeLessThan(15_000);
  redis.disconnect();
});

test('keeps no trace of scorers that were killed, and bears reports of another release and what is none', async () => {
  roster = createRedisScorerRoster(redisUrl, 'pruned');
  const redis = connectRedis(redisUrl);
  await redis.hset('pruned:scorers', 'newer', JSON.stringify({ version: 2 }));
  await redis.hset('pruned:scorers', 'none', '{');
  await redis.hset('pruned:scorers', 'killed', JSON.stringify({ ...report('killed'), atMs: Date.now() - 60_000 }));
  await roster.report(report('pod'));
  expect((await redis.hkeys('pruned:scorers')).sort()).toEqual(['newer', 'none', 'pod']);
  expect(idsOf(await roster.alive())).toEqual(['pod']);
  redis.disconnect();
});

test('loses nobody whose clock is a minute from that of the others', async () => {
  roster = createRedisScorerRoster(redisUrl, 'apart');
  await roster.report(report('right'));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  try {
    await roster.report(report('ahead'));
    expect(idsOf(await roster.alive())).toEqual(['ahead', 'right']);
  } finally {
    vi.useRealTimers();
  }
  expect(idsOf(await roster.alive())).toEqual(['ahead', 'right']);
});

test('passes on what the last scorer said of its rules', async () => {
  roster = createRedisScorerRoster(redisUrl, 'rules');
  expect(await roster.rules()).toBeUndefined();
  await roster.tellRules({ packs: ['old'] });
  await roster.tellRules({ packs: ['new'] });
  expect(await roster.rules()).toEqual({ packs: ['new'] });
});
