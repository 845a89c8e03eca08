import { createReadStream } from 'node:fs';
import { ingestSchema } from '@vigil/ingestor/config';
import { FileBytes, ReadBuffer } from '@vigil/ingestor/files/byte-source';
import { Content } from '@vigil/ingestor/files/content';
import type { LineBatch } from '@vigil/shared/contracts';
import type { TrafficFile } from '../harness/traffic-file.ts';
import { secondsOf, type Stage } from './stage.ts';

const { BATCH_LINES_MAX: linesMax, BATCH_BYTES_MAX: bytesMax, LINE_BYTES_MAX: lineBytesMax } = ingestSchema.parse({});

/** A file's lines as the ingestor makes batches of them. */
export async function readBatches(path: string): Promise<LineBatch[]> {
  const content = new Content(
    await FileBytes.open(path, new ReadBuffer()),
    { source: path, kind: 'file', fingerprint: 'bench', format: undefined },
    { linesMax, bytesMax, lineBytesMax },
  );
  try {
    const batches: LineBatch[] = [];
    for (;;) {
      const step = await content.step(true);
      batches.push(...step.batches.map(({ batch }) => batch));
      if (step.behind === 'final') return batches;
    }
  } finally {
    await content.close();
  }
}

/** Counts a file's lines and nothing else. */
export async function byteScan(file: TrafficFile): Promise<void> {
  let found = 0;
  for await (const chunk of createReadStream(file.path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) found += 1;
  }
  if (found !== file.lines) throw new Error(`the log has ${found} lines instead of ${file.lines}`);
}

/** The ingestor's reader: cut, identify, compress; beside a look at every byte. */
export function readingStage(file: TrafficFile): Stage {
  return {
    name: 'reading: cut, compress, name batches',
    limitName: 'byte scan',
    unit: 'lines',
    count: file.lines,
    ours: () => secondsOf(() => readBatches(file.path)),
    limit: () => secondsOf(() => byteScan(file)),
  };
}
