import { workerData } from 'node:worker_threads';
import { createEngineSource } from '../rules/engine-source.ts';
import { lineBounds } from '../intake/split-lines.ts';
import { SourceParsers } from '../scoring/source-parsers.ts';

/** What the thread is given. */
export interface IsolationData {
  /** One number: the line at hand. */
  progress: Int32Array;
  from: number;
  bytes: Uint8Array;
  lineCount: number;
  source: string;
  format: string | undefined;
  rulesDir: string | undefined;
}

const { progress, from, bytes, lineCount, source, format, rulesDir } = workerData as IsolationData;
const engine = createEngineSource({ rulesDir }).current();
const parser = new SourceParsers().of(source, format);
const bounds = lineBounds(bytes, lineCount);
const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

for (let line = from; line < lineCount; line += 1) {
  Atomics.store(progress, 0, line);
  try {
    const parsed = parser.parse(buffer.toString('latin1', bounds[line * 2]!, bounds[line * 2 + 1]!));
    if (parsed.ok) engine.conclude(parsed.request, engine.inspect(parsed.request));
  } catch {
    // A line that merely throws is dealt with where it is scored.
  }
}
Atomics.store(progress, 0, lineCount);
