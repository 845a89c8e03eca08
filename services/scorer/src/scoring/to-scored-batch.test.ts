import { createEngine } from '@vigil/detection';
import { Registry } from '@vigil/shared/metrics/metrics';
import { unpackBytes } from '@vigil/shared/lines/payload';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { expect, test } from 'vitest';
import { ScorerMetrics } from '../metrics.ts';
import { lineBatchOf, logLine } from '../testing/line-batch.ts';
import { createMemoryWindowStore } from '../windows/memory-window-store.ts';
import { BatchScorer } from './batch-scorer.ts';

const engine = createEngine();

/** Matches as many rules as so short a line can. */
const HOSTILE = `/a?a=/item?x='%2522--&b=/item?id=1'||pg_sleep(5)--&c=/..%252f..%252fboot.ini`;

async function scoredBatchOf(lines: readonly string[]) {
  const scorer = new BatchScorer({
    engine: () => engine,
    windows: createMemoryWindowStore(),
    metrics: new ScorerMetrics(new Registry()),
    log: testLogger(),
    signal: new AbortController().signal,
  });
  const batch = lineBatchOf(lines);
  return scorer.score(batch, unpackBytes(batch));
}

async function score(lines: readonly string[]) {
  return (await scoredBatchOf(lines)).detections;
}

const addressed = (target: string, count: number) =>
  Array.from({ length: count }, (_, index) => logLine(target, { ip: `10.0.${index >> 8}.${index & 255}` }));

test('events of a batch whose lines match many rules share what matches it may have, the strongest first', async () => {
  const [alone] = await score(addressed(HOSTILE, 1));
  expect(alone!.matches.length).toBeGreaterThan(12);

  const events = await score(addressed(HOSTILE, 2_500));
  expect(events).toHaveLength(2_500);
  expect(events.flatMap(({ matches }) => matches).length).toBeLessThanOrEqual(16_000);
  for (const { matches, matchedRules, score: total } of events) {
    const kept = matches.length;
    expect(kept).toBeGreaterThanOrEqual(4);
    const rulesOf = (list: typeof matches) => list.map(({ rule }) => rule);
    expect(rulesOf(matches)).toEqual(rulesOf(alone!.matches.slice(0, kept)));
    expect({ matchedRules, total }).toEqual({ matchedRules: alone!.matchedRules, total: alone!.score });
  }
});

test('events keep all their matches in a batch of attacks as they come', async () => {
  const [alone] = await score(addressed(`/?id=1'+or+'1'='1'--`, 1));
  const events = await score(addressed(`/?id=1'+or+'1'='1'--`, 2_000));
  expect(new Set(events.map(({ matches }) => matches.length))).toEqual(new Set([alone!.matches.length]));
});

test('a request with evidence that does not reach MEDIUM counts as LOW and is no event', async () => {
  const lines = [...addressed('/phpmyadmin', 2), ...addressed(`/?id=1'+or+'1'='1'--`, 1)];
  const { scored, detections } = await scoredBatchOf(lines);
  expect(scored).toEqual({ LOW: 2, MEDIUM: 0, HIGH: 1 });
  expect(detections.map(({ severity }) => severity)).toEqual(['HIGH']);
});
