import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { LineBatch } from '@vigil/shared/contracts';
import { Turns } from '@vigil/shared/lifecycle/turns';
import { messageOf } from '@vigil/shared/text/message-of';
import type { RuleSet } from '../rules/load-rules.ts';
import type { Failure } from '../scoring/judge-lines.ts';
import type { IsolationData } from './isolation-worker.ts';

/** Lines of a batch that end or hang the thread that scores them, by line number. */
export type FindKillers = (batch: LineBatch, bytes: Buffer) => Promise<Map<number, Failure>>;

export interface IsolationOptions {
  /**
   * A line that takes longer is a killer. No line takes a thousandth of it, so that a thread which the machine gives no time is not
   * blamed; queue locks last as long, so a line that does take it gets its batch taken for stalled.
   */
  lineTimeoutMs?: number;
  /** Heap of the thread. The engine with its rules takes some 30 MB. */
  heapMb?: number;
  /** A batch with more killers than this is not worth a thread each: what is left of it is given up. */
  killersMax?: number;
  /** Module that the thread runs. By default the one beside this, which is `.ts` in the workspace and `.js` in an image. */
  workerUrl?: URL;
  /** The rules in use, by which the thread scores as well: what lies in their folder may have been changed, and not be valid. */
  rules?: () => RuleSet;
}

const POLL_MS = 20;

type Outcome = 'finished' | { line: number; message: string };

/**
 * Scores a suspected batch in a thread with bounded heap and time. The thread notes the line at hand in shared memory, so when it
 * ends or hangs, that line is the culprit, and a fresh thread goes on after it.
 */
export function createKillerFinder(options: IsolationOptions = {}): FindKillers {
  const { killersMax = 25 } = options;
  const find: FindKillers = async (batch, bytes) => {
    const killers = new Map<number, Failure>();
    let from = 0;
    while (from < batch.lineCount) {
      const outcome = await runFrom(from, batch, bytes, options);
      if (outcome === 'finished') break;
      killers.set(outcome.line, failure(outcome.line, outcome.message));
      from = outcome.line + 1;
      if (killers.size < killersMax) continue;
      for (; from < batch.lineCount; from += 1)
        killers.set(from, failure(from, `not tried: ${killersMax} lines before it in the batch ended their thread`));
    }
    return killers;
  };
  // One after the other: each thread may fill a heap of its own beside this process's.
  const turns = new Turns(1);
  return (batch, bytes) => turns.take(() => find(batch, bytes));
}

async function runFrom(from: number, batch: LineBatch, bytes: Buffer, options: IsolationOptions): Promise<Outcome> {
  const {
    lineTimeoutMs = 10_000,
    heapMb = 256,
    workerUrl = new URL(`./isolation-worker${extname(import.meta.filename)}`, import.meta.url),
  } = options;
  // -1 until the thread has loaded its rules; then the line at hand; the line count when all are done.
  const progress = new Int32Array(new SharedArrayBuffer(4));
  progress[0] = -1;
  const { payload: _payload, encoding: _encoding, ...head } = batch;
  const workerData: IsolationData = {
    progress,
    from,
    bytes: new Uint8Array(bytes),
    batch: head,
    rules: options.rules?.(),
  };
  const worker = new Worker(workerUrl, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMb } });
  const watch = new AbortController();
  try {
    const message = await Promise.race([ended(worker), hung(progress, lineTimeoutMs, watch.signal)]);
    const line = Atomics.load(progress, 0);
    if (line >= batch.lineCount) return 'finished';
    // A thread that cannot even begin says nothing about any line.
    if (line < 0) throw new Error(`the isolation thread did not start: ${message}`);
    return { line, message };
  } finally {
    watch.abort();
    await worker.terminate();
  }
}

function ended(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    worker.once('error', (error) => resolve(messageOf(error)));
    worker.once('exit', (code) => resolve(`the thread ended with code ${code}`));
  });
}

/** Resolves when the line at hand has been the same for too long. */
async function hung(progress: Int32Array, lineTimeoutMs: number, signal: AbortSignal): Promise<string> {
  const startTimeoutMs = Math.max(30_000, lineTimeoutMs);
  let line = -1;
  let sinceMs = performance.now();
  while (!signal.aborted) {
    await delay(POLL_MS);
    const current = Atomics.load(progress, 0);
    if (current !== line) {
      line = current;
      sinceMs = performance.now();
    }
    const limitMs = line < 0 ? startTimeoutMs : lineTimeoutMs;
    if (performance.now() - sinceMs > limitMs) return `no end within ${limitMs} ms`;
  }
  return 'the thread ended';
}

function failure(line: number, message: string): Failure {
  return { line, reason: 'process_killer', message, stack: '' };
}
