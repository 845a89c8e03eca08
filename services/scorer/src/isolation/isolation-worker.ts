import { workerData } from 'node:worker_threads';
import { createEngine } from '@vigil/detection';
import { lineBounds } from '../intake/split-lines.ts';
import type { RuleSet } from '../rules/load-rules.ts';
import { SourceParsers } from '../scoring/source-parsers.ts';
import type { BatchHead, BatchLines } from '../scoring/to-scored-batch.ts';
import { tryLine } from './try-line.ts';

/** What the thread is given. */
export interface IsolationData {
  /** One number: the line at hand. */
  progress: Int32Array;
  from: number;
  bytes: Uint8Array;
  batch: BatchHead;
  /** What the scorer's engine was made from; without it the built-in packs. */
  rules: RuleSet | undefined;
}

const { progress, from, bytes, batch, rules } = workerData as IsolationData;
const engine = createEngine(rules);
const bounds = lineBounds(bytes, batch.lineCount);
const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const lines: BatchLines = {
  batch,
  offsetOf: (line) => bounds[line * 2]!,
  lineAt: (line) => buffer.toString('latin1', bounds[line * 2]!, bounds[line * 2 + 1]!),
  parser: new SourceParsers().of(batch.source, batch.format),
};

for (let line = from; line < batch.lineCount; line += 1) {
  Atomics.store(progress, 0, line);
  try {
    tryLine(lines, line, engine);
  } catch {
    // A line that merely throws is dealt with where it is scored.
  }
}
Atomics.store(progress, 0, batch.lineCount);
