import { createEngine, type Suppression } from '@vigil/detection';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { connectRedis } from '@vigil/shared/redis/connect-redis';
import { createRedisScorerRoster, type ScorerRoster } from '@vigil/shared/scorers/scorer-roster';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { beforeAll, expect, it } from 'vitest';
import { reportStatus } from './report-status.ts';
import type { RuleSet } from './rules/load-rules.ts';

const zoo: Suppression = { id: 'zoo', reason: 'our zoo', classes: ['SQL_INJECTION'] };

let redisUrl = '';
beforeAll(async () => {
  ({ redisUrl } = await testServices(['redis']));
});

it('tells changed suppressions, which leave the version as it was, and all rules again where Redis lost them', async () => {
  const prefix = 'report-status';
  const log = testLogger();
  const lifecycle = new Lifecycle(log, 5_000);
  const roster = createRedisScorerRoster(redisUrl, prefix);
  lifecycle.onStop('connections', 'roster', () => roster.close());
  const redis = connectRedis(redisUrl);
  lifecycle.onStop('connections', 'redis', async () => redis.disconnect());
  const current = createEngine();
  let rules: RuleSet = { packs: [], shadowPacks: [], suppressions: [] };
  reportStatus({
    roster,
    id: 'a',
    engine: { current: () => current, rules: () => rules },
    linesScored: async () => 0,
    lifecycle,
    log,
    reportIntervalMs: 5,
    rulesIntervalMs: 50,
  });
  const told = (suppressions: readonly Suppression[]): Promise<true> =>
    waitUntil(
      async () => {
        const rulebook = (await roster.rules()) as { suppressions: unknown } | undefined;
        return JSON.stringify(rulebook?.suppressions) === JSON.stringify(suppressions);
      },
      { timeoutMs: 20_000, what: 'the rules are told' },
    );
  await told([]);
  rules = { ...rules, suppressions: [zoo] };
  await told([zoo]);
  await redis.del(`${prefix}:rules`);
  await told([zoo]);
  expect(await lifecycle.stop('test')).toBe(true);
});

it('says nothing after its farewell, though a report was under way', async () => {
  const log = testLogger();
  const lifecycle = new Lifecycle(log, 5_000);
  const roster = createRedisScorerRoster(redisUrl, 'farewell');
  const [begun, released, reported] = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const slow: ScorerRoster = {
    ...roster,
    report: async (report) => {
      begun!.resolve();
      await released!.promise;
      await roster.report(report);
      reported!.resolve();
    },
  };
  const engine = createEngine();
  const rules: RuleSet = { packs: [], shadowPacks: [], suppressions: [] };
  const source = { current: () => engine, rules: () => rules };
  reportStatus({ roster: slow, id: 'a', engine: source, linesScored: async () => 0, lifecycle, log });
  await begun!.promise;
  const stopped = lifecycle.stop('test');
  released!.resolve();
  expect(await stopped).toBe(true);
  await reported!.promise;
  expect(await roster.alive()).toEqual([]);
  await roster.close();
});

it('leaves in order where Redis is away: whoever says no farewell is missed', async () => {
  const log = testLogger();
  const lifecycle = new Lifecycle(log, 5_000);
  const roster = createRedisScorerRoster('redis://127.0.0.1:1', 'report-status');
  lifecycle.onStop('connections', 'roster', () => roster.close());
  const engine = createEngine();
  const rules: RuleSet = { packs: [], shadowPacks: [], suppressions: [] };
  const source = { current: () => engine, rules: () => rules };
  reportStatus({ roster, id: 'a', engine: source, linesScored: async () => 0, lifecycle, log });
  expect(await lifecycle.stop('test')).toBe(true);
});
