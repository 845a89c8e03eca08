import { workerData } from 'node:worker_threads';
import { lineBounds } from '../intake/split-lines.ts';
import type { IsolationData } from '../isolation/isolation-worker.ts';

/** Stands in for an engine that some lines hang, end or exhaust: what the isolation must survive. */
const { progress, from, bytes, batch } = workerData as IsolationData;
const { lineCount } = batch;
const bounds = lineBounds(bytes, lineCount);
for (let line = from; line < lineCount; line += 1) {
  Atomics.store(progress, 0, line);
  const text = Buffer.from(bytes.slice(bounds[line * 2], bounds[line * 2 + 1])).toString('latin1');
  if (text.includes('/hang')) for (;;) Atomics.load(progress, 0);
  if (text.includes('/exit')) process.exit(9);
  if (text.includes('/exhaust')) {
    const hoard: number[][] = [];
    for (;;) hoard.push(Array.from<number>({ length: 1_000_000 }).fill(hoard.length));
  }
}
Atomics.store(progress, 0, lineCount);
