import { join } from 'node:path';
import { startRedis } from '@vigil/dev-services/redis';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { writeTraffic } from '../harness/traffic-file.ts';
import { readBatches } from '../stages/reading.ts';
import type { GrowthPart } from './part.ts';
import { usedBytes } from './redis-memory.ts';

const LINES = [10_000, 100_000, 500_000];

/** Redis' memory for lines that wait for a scorer. */
export const growWithQueue: GrowthPart = async ({ folder }) => {
  const points: [number, number][] = [];
  let bytesALine = 0;
  for (const lines of LINES) {
    const file = await writeTraffic(join(folder, 'queued.log'), lines);
    bytesALine = file.bytes / file.lines;
    const batches = await readBatches(file.path);
    const redis = await startRedis();
    const backend = createRedisQueueBackend(redis.url);
    try {
      await backend.depth('lines');
      const before = await usedBytes(redis.url);
      await backend.producer('lines').addAll(batches.map((batch) => ({ id: batch.id, data: batch })));
      points.push([lines, ((await usedBytes(redis.url)) - before) / lines]);
    } finally {
      await backend.close();
      await redis.stop();
    }
  }
  return {
    heading: 'Lines in the queue',
    how: `Batches as the ingestor makes them, lines of ${bytesALine.toFixed(0)} bytes on average, waiting in a Redis of their own.`,
    head: ['lines waiting', 'Redis bytes a line'],
    rows: points.map(([lines, bytes]) => [String(lines), bytes.toFixed(1)]),
    plotName: 'growth-queue',
    plot: {
      title: 'Redis memory of a queued line',
      xLabel: 'lines waiting',
      yLabel: 'bytes a line',
      xLog: true,
      series: [{ name: 'bytes a line', points }],
    },
    reading: 'Flat: a batch takes the same wherever it stands.',
  };
};
