import { createEngine } from '@vigil/detection';
import { createLogger } from '@vigil/shared/logging/logger';
import { unpackBytes } from '@vigil/shared/lines/payload';
import { Registry } from '@vigil/shared/metrics/metrics';
import { expect, it } from 'vitest';
import { ScorerMetrics } from '../metrics.ts';
import { lineBatchOf, logLine } from '../testing/line-batch.ts';
import { createMemoryWindowStore } from '../windows/memory-window-store.ts';
import type { WindowStore } from '../windows/window-store.ts';
import { BatchScorer } from './batch-scorer.ts';

const engine = createEngine();

/** A scorer, and what it warns of. */
function recordedScorer(): { scorer: BatchScorer; records: string[] } {
  const records: string[] = [];
  const scorer = new BatchScorer({
    engine: () => engine,
    windows: createMemoryWindowStore(),
    metrics: new ScorerMetrics(new Registry()),
    log: createLogger('test', 'warn', { write: (record) => void records.push(record) }),
    signal: new AbortController().signal,
  });
  return { scorer, records };
}

it('lets the event loop turn between the batches at hand, whatever each of them takes', async () => {
  let turns = 0;
  const pieces: { what: string; turn: number }[] = [];
  const store = createMemoryWindowStore();
  const windows: WindowStore = {
    ...store,
    apply: async (id, deltas) => {
      const histories = await store.apply(id, deltas);
      return (ip) => {
        pieces.push({ what: 'conclude', turn: turns });
        return histories(ip);
      };
    },
  };
  const scorer = new BatchScorer({
    engine: () => {
      pieces.push({ what: 'read', turn: turns });
      return engine;
    },
    windows,
    metrics: new ScorerMetrics(new Registry()),
    log: createLogger('test', 'silent'),
    signal: new AbortController().signal,
  });
  const ended = new AbortController();
  const turn = (): void => {
    turns += 1;
    if (!ended.signal.aborted) setImmediate(turn);
  };
  setImmediate(turn);
  const batches = [0, 1, 2].map((index) => lineBatchOf([logLine(`/?id=1'+or+'1'='1'--`)], { firstPosition: index }));
  await Promise.all(batches.map((batch) => scorer.score(batch, unpackBytes(batch))));
  ended.abort();
  expect(pieces.map(({ what }) => what)).toEqual(['read', 'read', 'read', 'conclude', 'conclude', 'conclude']);
  expect(new Set(pieces.map((piece) => piece.turn)).size).toBe(6);
});

it.each([
  ['utf16le', /no line of the source is a request.*UTF-16.*iconv/],
  ['latin1', /no line of the source is a request.*INGEST_FORMAT/],
] as const)('tells why nothing of a source is read, in %s', async (encoding, told) => {
  const { scorer, records } = recordedScorer();
  const lines = encoding === 'latin1' ? 'no request\n' : `${logLine('/')}\r\n`;
  const batch = lineBatchOf(Buffer.from(lines.repeat(30), encoding).toString('latin1').split('\n'));
  await scorer.score(batch, unpackBytes(batch));
  expect(records).toEqual([expect.stringMatching(told)]);
});

it('tells once where the times of a source are hours ahead, as those without a zone may be', async () => {
  const { scorer, records } = recordedScorer();
  const readAtMs = Date.UTC(2026, 10, 27, 12);
  const lines = (at: string) => [`203.0.113.1 - - [27/Nov/2026:${at}] "GET / HTTP/1.1" 200 5 "-" "-"`];
  for (const [source, at] of [
    ['right', '13:00:00 +0100'],
    ['no-zone', '13:00:00'],
  ] as const)
    for (const firstPosition of [0, 1, 2, 3]) {
      const batch = lineBatchOf(lines(at), { source, firstPosition, readAtMs });
      await scorer.score(batch, unpackBytes(batch));
    }
  expect(records).toEqual([expect.stringMatching(/"source":"no-zone","minutes":60.*ahead of the clock.*no zone/)]);
});
