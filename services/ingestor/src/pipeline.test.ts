import type { LineBatch } from '@vigil/shared/contracts';
import { Registry } from '@vigil/shared/metrics/metrics';
import type { JobProducer } from '@vigil/shared/queue/job-queue';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { KnownContents, type ContentRecord } from './checkpoint/known-contents.ts';
import { proofOf } from './checkpoint/proof.ts';
import { toLineBatch } from './lines/to-line-batch.ts';
import { createIngestMetrics } from './metrics.ts';
import { Pipeline, type PreparedBatch } from './pipeline.ts';

const LINE = Buffer.from('line\n');

let calls: { ids: string[]; accept: () => void }[];
let saves: number[][];
/** Ids of the batches that the queue is told to hold now. */
let enqueued: string[];
/** Resolves when the queue is asked, or the checkpoint is written, once more. */
let progress: PromiseWithResolvers<void>;
let record: ContentRecord;
let pipeline: Pipeline;

beforeEach(() => {
  calls = [];
  saves = [];
  enqueued = [];
  progress = Promise.withResolvers();
  record = new KnownContents().add('/var/log/access.log', Buffer.from('line'), { dev: 1, ino: 1 });
  const goOn = (): void => {
    progress.resolve();
    progress = Promise.withResolvers();
  };
  const producer: JobProducer<LineBatch> = {
    addAll: (jobs) =>
      new Promise((resolve) => {
        calls.push({ ids: jobs.map(({ id }) => id), accept: resolve });
        goOn();
      }),
  };
  pipeline = new Pipeline({
    producer,
    saveCheckpoint: async () => {
      saves.push(record.intended.map(({ first }) => first));
      goOn();
    },
    metrics: createIngestMetrics(new Registry()),
    log: testLogger(),
    signal: new AbortController().signal,
    onEnqueued: (batches) => void enqueued.push(...batches.map(({ id }) => id)),
  });
});
afterEach(async () => {
  const closed = pipeline.close();
  for (const { accept } of calls) accept();
  await closed;
});

function prepared(first: number): PreparedBatch {
  const range = { first, end: first + 5, lines: 1, tooLong: 0 };
  const origin = {
    source: record.source,
    fingerprint: record.fingerprint,
    positions: 'bytes',
    format: undefined,
  } as const;
  const batch = toLineBatch(origin, range, {}, LINE, 0);
  return { batch, kind: 'file', range, content: { record, anchor: proofOf(LINE) } };
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await progress.promise;
}

it('declares the next flight while the queue has not accepted the one before, but offers it only then', async () => {
  pipeline.start();
  pipeline.push(prepared(0));
  await until(() => calls.length === 1);
  pipeline.push(prepared(5));
  await until(() => saves.at(-1)?.length === 2);
  // More than the pipeline takes from one step to the next.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(calls.length).toBe(1);
  expect(record.committed).toBe(0);
  calls[0]!.accept();
  await until(() => calls.length === 2);
  expect(record.committed).toBe(5);
  expect(record.anchor).toEqual(proofOf(LINE));
  expect(enqueued).toEqual([prepared(0).batch.id]);
  expect(calls.flatMap(({ ids }) => ids)).toEqual([prepared(0).batch.id, prepared(5).batch.id]);
  pipeline.push(prepared(10));
  await until(() => saves.at(-1)?.includes(10) === true);
  const declared = saves.at(-1);
  calls[1]!.accept();
  await until(() => calls.length === 3);
  // What was accepted is declared no more, and what was not accepted yet still is.
  expect(declared).toEqual([5, 10]);
});

it('writes down what it follows before there is anything to send', async () => {
  expect(pipeline.checkpointProblem).toBe('not written yet');
  pipeline.start();
  await until(() => saves.length === 1);
  expect(saves).toEqual([[]]);
  await vi.waitUntil(() => pipeline.checkpointProblem === undefined);
});

it('writes down by itself what the queue has accepted where nothing more comes', async () => {
  pipeline.start();
  pipeline.push(prepared(0));
  await until(() => calls.length === 1);
  calls[0]!.accept();
  await until(() => saves.length === 3);
  expect(saves).toEqual([[], [0], []]);
  await vi.waitUntil(() => pipeline.isIdle);
});

it('has no room while a few large batches wait', () => {
  const { batch, ...rest } = prepared(0);
  pipeline.push(prepared(0));
  expect(pipeline.isFull).toBe(false);
  pipeline.push({ ...rest, batch: { ...batch, payload: 'x'.repeat(4 * 1024 * 1024) } });
  expect(pipeline.isFull).toBe(true);
});
