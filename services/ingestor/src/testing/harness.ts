import { testLogger } from '@vigil/shared/testing/test-logger';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from '@vigil/shared/metrics/metrics';
import { CheckpointFile } from '../checkpoint/checkpoint-file.ts';
import { KnownContents } from '../checkpoint/known-contents.ts';
import { ArchiveSource } from '../files/archive-source.ts';
import { ReadBuffer } from '../files/byte-source.ts';
import { Follower } from '../files/follower.ts';
import type { ReadingContext } from '../files/reading.ts';
import type { CutLimits } from '../lines/cut-lines.ts';
import { createIngestMetrics } from '../metrics.ts';
import { Pipeline } from '../pipeline.ts';
import type { MemoryProducer } from './memory-producer.ts';

export const TEST_LIMITS: CutLimits = { linesMax: 4, bytesMax: 400, lineBytesMax: 120 };

/** A folder of its own, removed by `dispose`. */
export async function temporaryFolder(): Promise<{ path: string; dispose: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'vigil-ingestor-'));
  return { path, dispose: () => rm(path, { recursive: true, force: true }) };
}

export interface TestRun {
  context: ReadingContext;
  follower: Follower | ArchiveSource;
  /** Reads whatever there is, at a given time. */
  readAll(nowMs: number): Promise<void>;
  /** As a stop in order does. */
  stop(): Promise<void>;
  /** As SIGKILL does: what was not written down is gone. */
  crash(): Promise<void>;
}

/** One life of a process that follows `path`, with time and steps in the test's hand. */
export async function startRun(options: {
  path: string;
  checkpointPath: string;
  producer: MemoryProducer;
  limits?: CutLimits;
  graceMs?: number;
  from?: 'start' | 'end';
  archive?: boolean;
}): Promise<TestRun> {
  const { path, checkpointPath, producer, limits = TEST_LIMITS, graceMs = 1_000, from = 'start' } = options;
  const checkpoint = new CheckpointFile(checkpointPath);
  const known = new KnownContents(await checkpoint.read());
  const metrics = createIngestMetrics(new Registry());
  const log = testLogger();
  const abort = new AbortController();
  let crashed = false;
  const pipeline = new Pipeline({
    producer: {
      addAll: async (jobs) => {
        if (crashed) throw new Error('crashed');
        await producer.addAll(jobs);
      },
    },
    saveCheckpoint: async () => {
      if (crashed) throw new Error('crashed');
      await checkpoint.write(known.snapshot(Date.now()));
    },
    metrics,
    log,
    signal: abort.signal,
  });
  const context: ReadingContext = {
    known,
    buffer: new ReadBuffer(),
    limits,
    format: undefined,
    emit: (batch) => pipeline.push(batch),
    touch: () => pipeline.touch(),
    metrics,
    log,
  };
  const follower =
    options.archive === true ? new ArchiveSource(path, context) : new Follower(path, context, { graceMs, from });
  // As a process does before it is ready.
  await checkpoint.write(known.snapshot(Date.now()));
  pipeline.start();
  return {
    context,
    follower,
    readAll: async (nowMs) => {
      for (let more = true; more;) {
        await pipeline.room();
        more = await follower.step(nowMs);
      }
    },
    stop: async () => {
      await pipeline.close();
      await follower.close();
      await checkpoint.close();
    },
    crash: async () => {
      crashed = true;
      abort.abort(new Error('crash'));
      await pipeline.close();
      await follower.close();
      await checkpoint.close();
    },
  };
}
