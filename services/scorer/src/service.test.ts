import { createEngine, type Engine } from '@vigil/detection';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { scoredBatchSchema, type LineBatch, type ScoredBatch } from '@vigil/shared/contracts';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { lineId } from '@vigil/shared/lines/ids';
import { Registry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createEngineSource, type EngineListener } from './rules/engine-source.ts';
import { builtInRules } from './rules/load-rules.ts';
import { startScorer, type ScorerParts } from './service.ts';
import { lineBatchOf, logLine } from './testing/line-batch.ts';
import { createMemoryWindowStore } from './windows/memory-window-store.ts';
import { createRedisWindowStore } from './windows/redis-window-store.ts';

const log = testLogger();
const ATTACK = '/item?id=1%27%20union%20select%20password%20from%20users--';

let redisUrl = '';
let lifecycle: Lifecycle;
let started = 0;
beforeAll(async () => {
  ({ redisUrl } = await testServices(['redis']));
});
afterEach(() => lifecycle.stop('test'));

interface Running {
  queue: QueueBackend;
  scored: ScoredBatch[];
  registry: Registry;
  readiness: Readiness;
}

/** A scorer on a queue of its own, and what it passes on. */
function start(part: Partial<ScorerParts> = {}): Running {
  started += 1;
  const prefix = `scorer-${started}`;
  lifecycle = new Lifecycle(log, 5_000);
  const queue = createRedisQueueBackend(redisUrl, { prefix });
  lifecycle.onStop('connections', 'queue', () => queue.close());
  const windows = createRedisWindowStore(redisUrl, { prefix });
  lifecycle.onStop('connections', 'windows', () => windows.close());
  const engine = createEngine();
  const registry = new Registry();
  const readiness = new Readiness();
  startScorer({
    concurrency: 4,
    queue,
    windows,
    engine: { current: () => engine, rules: builtInRules },
    registry,
    readiness,
    lifecycle,
    log,
    ...part,
  });
  const scored: ScoredBatch[] = [];
  const consumer = queue.consumer('scored', async (job) => void scored.push(scoredBatchSchema.parse(job.data)), {
    concurrency: 1,
    onError: () => undefined,
  });
  lifecycle.onStop('drain', 'test consumer', () => consumer.close());
  return { queue, scored, registry, readiness };
}

async function add(queue: QueueBackend, ...batches: LineBatch[]): Promise<void> {
  await waitUntil(() => queue.ping().then(() => true), { timeoutMs: 10_000, what: 'the queue answers' });
  await queue.producer('lines').addAll(batches.map((data) => ({ id: data.id, data })));
}

const arrived = (scored: readonly ScoredBatch[], count: number): Promise<boolean> =>
  waitUntil(() => scored.length >= count, { timeoutMs: 20_000, what: `${count} scored batches` });

const sum = (counts: Record<string, number | undefined>): number =>
  Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);

const accounted = (batch: ScoredBatch): number =>
  sum(batch.scored) +
  sum(batch.rejected) +
  batch.deadLines.length +
  (batch.deadJobs ?? []).reduce((total, job) => total + job.lines, 0);

it('turns each line batch into one scored batch that accounts for every line', async () => {
  const { queue, scored, registry, readiness } = start();
  const lines = [logLine('/'), logLine(ATTACK), 'garbage', '', logLine('/about'), logLine('/x', { status: 404 })];
  const batch = lineBatchOf(lines, { firstPosition: 1000, rejected: { too_long: 2 } });
  await add(queue, batch);
  await arrived(scored, 1);
  const [result] = scored;
  expect(result).toMatchObject({
    id: batch.id,
    source: batch.source,
    linesRead: 8,
    scored: { LOW: 3, MEDIUM: 0, HIGH: 1 },
    rejected: { too_long: 2, unparsable: 1, empty: 1 },
    deadLines: [],
  });
  const position = 1000 + lines[0]!.length + 1;
  const [event] = result!.detections;
  expect(event).toMatchObject({
    id: lineId(batch.source, 'f-test', position),
    position,
    severity: 'HIGH',
    path: '/item',
    sourceIp: '198.51.100.7',
    line: lines[1],
    window: { requests1m: 2 },
  });
  const span = event!.matches[0]!.lineSpan!;
  expect(event!.line.slice(...span)).toBe(ATTACK);
  expect(await registry.getSingleMetricAsString('vigil_lines_scored_total')).toContain('{severity="HIGH"} 1');
  // On a machine where all tests run at once a check may take longer than it is given.
  await expect.poll(async () => (await readiness.ready()).ok && (await readiness.alive()).ok).toBe(true);
});

it('judges a batch that comes again exactly as before', async () => {
  const { queue, scored } = start();
  const attack = Array.from({ length: 150 }, (_value, i) => logLine(`${ATTACK}${i}`, { second: i / 5 }));
  const batch = lineBatchOf(attack);
  await add(queue, batch);
  await arrived(scored, 1);
  // While the queue still has the job, adding it again would change nothing.
  const isDone = async (): Promise<boolean> => (await queue.depth('lines')).active === 0;
  await waitUntil(isDone, { timeoutMs: 20_000, what: 'the end of the job' });
  await add(queue, batch);
  await arrived(scored, 2);
  const { scoredAtMs: _first, ...first } = scored[0]!;
  const { scoredAtMs: _second, ...second } = scored[1]!;
  expect(second).toEqual(first);
  expect(first.detections.at(-1)!.window!.requests1m).toBe(150);
  expect(first.detections.at(-1)!.matchedRules).toContain('RATE_ANOMALY');
});

it('dead-letters the one line that makes the engine throw and scores the others', async () => {
  const inner = createEngine();
  const engine: Engine = {
    ...inner,
    isQuiet: () => false,
    inspect: (request) => {
      if (request.target === '/boom') throw new TypeError('boom');
      return inner.inspect(request);
    },
  };
  const { queue, scored } = start({ engine: { current: () => engine, rules: builtInRules } });
  const batch = lineBatchOf([logLine('/'), logLine('/boom'), logLine(ATTACK)], { format: 'combined' });
  await add(queue, batch);
  await arrived(scored, 1);
  expect(scored[0]).toMatchObject({ linesRead: 3, scored: { LOW: 1, HIGH: 1 }, format: 'combined' });
  const [dead] = scored[0]!.deadLines;
  expect(dead).toMatchObject({
    line: logLine('/boom'),
    reason: 'engine_error: boom',
    position: logLine('/').length + 1,
  });
  expect(dead!.stack).toContain('TypeError');
});

it('passes on jobs that it cannot read, whole and with the lines that they claim, and goes on', async () => {
  const { queue, scored } = start();
  const good = lineBatchOf([logLine('/')]);
  const unknown = { ...good, id: 'lb-unknown', v: 0, lineCount: 17, rejected: { too_long: 1 } } as unknown as LineBatch;
  const torn = { ...lineBatchOf([logLine('/torn')]), encoding: 'zstd', payload: 'AAAA' } as LineBatch;
  const short = { ...lineBatchOf([logLine('/short')]), lineCount: 5 };
  await add(queue, unknown, torn, short, good);
  await arrived(scored, 4);
  const reasons = scored.flatMap((batch) => (batch.deadJobs ?? []).map((job) => job.reason));
  expect(reasons).toContain('contract version 0; this release knows 1');
  expect(reasons).toContain('says 5 lines but its payload holds 1');
  expect(reasons).toHaveLength(3);
  for (const batch of scored) expect(accounted(batch)).toBe(batch.linesRead);
  const held = scored.find((batch) => batch.linesRead === 18)!;
  expect(JSON.parse(held.deadJobs![0]!.payload)).toEqual(unknown);
});

it('makes hostile bytes storable and tells positions in the stored text', async () => {
  const { queue, scored } = start();
  const utf8 = Buffer.from('é', 'utf8').toString('latin1');
  const lines = [
    logLine(`/${utf8}${ATTACK}`),
    logLine(`/\u00e9\u0000${ATTACK}`),
    logLine(String.raw`/\x00\xed\xa0\x80${ATTACK.slice(1)}`),
  ];
  await add(queue, lineBatchOf(lines));
  await arrived(scored, 1);
  const { detections } = scored[0]!;
  expect(detections.map((event) => event.path)).toEqual(['/é/item', '/é␀/item', expect.stringContaining('item')]);
  const text = JSON.stringify(scored[0]);
  expect(text.includes('\\u0000') || !text.isWellFormed()).toBe(false);
  expect(detections[0]!.line.slice(...detections[0]!.matches[0]!.lineSpan!)).toBe(`/é${ATTACK}`);
});

it.each([
  'OOM command not allowed when used memory > "maxmemory".',
  'NOPERM this user has no permissions to access one of the keys used as arguments',
  'WRONGTYPE Operation against a key holding the wrong kind of value',
])('judges a batch by its own lines, at once, where the window store refuses: %s', async (message) => {
  const refusing = { ...createMemoryWindowStore(), apply: async () => Promise.reject(new Error(message)) };
  const { queue, scored, registry } = start({ windows: refusing });
  await add(queue, lineBatchOf([logLine('/'), logLine(ATTACK)]));
  await arrived(scored, 1);
  expect(scored[0]!.detections[0]).toMatchObject({ severity: 'HIGH', window: { requests1m: 2 } });
  const failures = await registry.getSingleMetricAsString('vigil_window_store_failures_total');
  expect(failures).toContain('given_up"} 1');
  // Waiting mends nothing, and ten seconds for each batch would let the queues fill, which alone makes room in Redis.
  expect(failures).not.toContain('retried');
});

it('tells for how long changed rules have been refused', async () => {
  let listener: EngineListener | undefined;
  const engine = createEngineSource();
  const watch = (given: EngineListener) => {
    listener = given;
    return () => undefined;
  };
  const { registry } = start({ engine: { ...engine, watch } });
  const refused = (): Promise<string> => registry.getSingleMetricAsString('vigil_rules_refused');
  expect(await refused()).toContain('\nvigil_rules_refused 0');
  listener!.onRefused([]);
  expect(await refused()).toContain('\nvigil_rules_refused 1');
  listener!.onReload(engine.current());
  expect(await refused()).toContain('\nvigil_rules_refused 0');
});
