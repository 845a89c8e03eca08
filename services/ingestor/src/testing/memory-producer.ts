import type { LineBatch } from '@vigil/shared/contracts';
import { lineId } from '@vigil/shared/lines/ids';
import { unpackBytes } from '@vigil/shared/lines/payload';
import type { JobProducer } from '@vigil/shared/queue/job-queue';

export interface DeliveredLine {
  id: string;
  fingerprint: string;
  position: number;
  text: string;
}

/** Keeps what a queue would have been given; can be told to fail after having taken a part, as a queue may. */
export class MemoryProducer implements JobProducer<LineBatch> {
  readonly batches: LineBatch[] = [];
  /** Decides before each call how many of its jobs are taken before it fails; undefined: all, without failure. */
  failAfter: ((jobs: number) => number | undefined) | undefined;

  async addAll(jobs: readonly { id: string; data: LineBatch }[]): Promise<void> {
    const taken = this.failAfter?.(jobs.length);
    for (const { data } of jobs.slice(0, taken ?? jobs.length)) this.batches.push(data);
    if (taken !== undefined) throw new Error('the queue is away');
  }

  /** What consumers make of it: the first batch of each id. */
  get distinct(): LineBatch[] {
    const seen = new Map<string, LineBatch>();
    for (const batch of this.batches) if (!seen.has(batch.id)) seen.set(batch.id, batch);
    return [...seen.values()];
  }

  get lines(): DeliveredLine[] {
    return this.distinct.flatMap(linesOfBatch);
  }

  get rejected(): number {
    return this.distinct.reduce((sum, { rejected }) => sum + (rejected.too_long ?? 0), 0);
  }
}

/** Lines of a batch with the ids that the scorer gives them. */
export function linesOfBatch(batch: LineBatch): DeliveredLine[] {
  if (batch.lineCount === 0) return [];
  let position = batch.firstPosition;
  const texts = unpackBytes(batch).toString('latin1').split('\n');
  if (texts.length !== batch.lineCount) throw new Error(`${texts.length} lines where ${batch.lineCount} are declared`);
  return texts.map((text) => {
    const line = {
      id: lineId(batch.source, batch.fingerprint, position),
      fingerprint: batch.fingerprint,
      position,
      text,
    };
    position += text.length + 1;
    return line;
  });
}
