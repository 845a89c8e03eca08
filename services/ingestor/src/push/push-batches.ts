import { createHash } from 'node:crypto';
import type { LineBatch } from '@vigil/shared/contracts';
import { lineBatchId } from '@vigil/shared/lines/ids';
import { toLineBatch } from '../lines/to-line-batch.ts';
import type { PushedLines } from './push-body.ts';

/**
 * Fingerprint of a push: the same for the same key and batch id, so that sending a batch again changes nothing, and different for
 * different keys, so that two shippers that both count from 1 do not shadow each other.
 */
export function pushFingerprint(keyName: string, batchId: string): string {
  return `p-${createHash('sha256').update(keyName).update('\0').update(batchId).digest('hex').slice(0, 32)}`;
}

/**
 * Batches of a push, in order. A line's position is its place among the kept ones; rejections ride on the first batch. The batches' ids
 * follow from what they hold, too: a push that comes again with its last line finished or changed is no repeat, though its lines keep
 * their ids.
 */
export function batchesOfPush(
  pushed: Pick<PushedLines, 'kept' | 'rejected'>,
  origin: { source: string; fingerprint: string; format: string | undefined },
  limits: { linesMax: number; bytesMax: number },
  readAtMs: number,
): LineBatch[] {
  const { kept, rejected } = pushed;
  const batches: LineBatch[] = [];
  let first = 0;
  let bytes = 0;
  const flush = (end: number): void => {
    const isFirst = batches.length === 0;
    const joined = join(kept.slice(first, end));
    const range = { first, end, lines: end - first };
    const batch = toLineBatch({ ...origin, positions: 'lines' }, range, isFirst ? rejected : {}, joined, readAtMs);
    const content = `${origin.fingerprint}-${createHash('sha256').update(joined).digest('hex')}`;
    batches.push({ ...batch, id: lineBatchId(origin.source, content, first, end) });
    first = end;
    bytes = 0;
  };
  for (const [index, line] of kept.entries()) {
    if (index > first && (index - first === limits.linesMax || bytes + line.length > limits.bytesMax)) flush(index);
    bytes += line.length + 1;
  }
  if (kept.length > first || Object.keys(rejected).length > 0) flush(kept.length);
  return batches;
}

/** With a newline behind each line, as in a file, so that an empty last line is not lost. */
function join(lines: readonly Buffer[]): Buffer {
  const newline = Buffer.from('\n');
  return Buffer.concat(lines.flatMap((line) => [line, newline]));
}
