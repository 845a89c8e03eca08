import { createEngine } from '@vigil/detection';
import { join } from 'node:path';
import { startRedis } from '@vigil/dev-services/redis';
import { writeTraffic } from '../harness/traffic-file.ts';
import { readBatches } from '../stages/reading.ts';
import { scoreBatches } from '../stages/scoring.ts';
import { growthExponent, type GrowthPart } from './part.ts';
import { usedBytes } from './redis-memory.ts';

const ADDRESSES = [1_000, 10_000, 100_000, 1_000_000];
/** Each address is met about once, and the fewest often. */
const LINES_MIN = 100_000;

/** Memory of the windows and time of a batch with more addresses. */
export const growWithAddresses: GrowthPart = async ({ folder, linesMax }) => {
  const engine = createEngine();
  const points: { addresses: number; bytes: number; ms: number }[] = [];
  for (const addresses of ADDRESSES.filter((count) => count <= linesMax)) {
    const lines = Math.max(LINES_MIN, addresses);
    const shape = (line: string, index: number): string => addressOf(index % addresses) + line.slice(line.indexOf(' '));
    const file = await writeTraffic(join(folder, 'addresses.log'), lines, {}, shape);
    const batches = await readBatches(file.path);
    const redis = await startRedis();
    try {
      // Code is compiled on other windows than those that count.
      if (points.length === 0) await scoreBatches(redis.url, engine, batches.slice(0, 20));
      const before = await usedBytes(redis.url);
      const { seconds } = await scoreBatches(redis.url, engine, batches);
      points.push({
        addresses,
        bytes: ((await usedBytes(redis.url)) - before) / addresses,
        ms: (seconds * 1000) / batches.length,
      });
    } finally {
      await redis.stop();
    }
  }
  return {
    heading: 'Addresses',
    how: `Batches as the ingestor makes them through the scorer's handler, windows in Redis; at least ${LINES_MIN} lines, and as many as there are addresses, each address in turn.`,
    head: ['addresses', 'Redis bytes an address', 'ms a batch, all of its scoring'],
    rows: points.map(({ addresses, bytes, ms }) => [String(addresses), bytes.toFixed(0), ms.toFixed(1)]),
    plotName: 'growth-addresses',
    plot: {
      title: 'Windows in Redis with more addresses',
      xLabel: 'addresses',
      yLabel: 'bytes an address',
      xLog: true,
      series: [{ name: 'bytes an address', points: points.map(({ addresses, bytes }) => [addresses, bytes] as const) }],
    },
    reading: `Memory is linear in the addresses and smaller for each where they come less often, since a history is the minutes that an address was active in. The time of a batch grows with exponent ${growthExponent(points.map(({ addresses, ms }) => [addresses, ms] as const)).toFixed(2)}.`,
  };
};

function addressOf(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
}
