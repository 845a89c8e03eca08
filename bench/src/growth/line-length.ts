import { createEngine } from '@vigil/detection';
import { join } from 'node:path';
import { startRedis } from '@vigil/dev-services/redis';
import { writeTraffic } from '../harness/traffic-file.ts';
import { readBatches } from '../stages/reading.ts';
import { scoreBatches } from '../stages/scoring.ts';
import { secondsOf } from '../stages/stage.ts';
import { growthExponent, type GrowthPart } from './part.ts';

const LENGTHS = [100, 250, 500, 1_000, 2_000, 4_000, 8_000];
/** Of each file, so that the long ones do not take all the time. */
const FILE_BYTES = 64_000_000;
const LINES_MAX = 100_000;

/** Time of a line by its length. */
export const growWithLength: GrowthPart = async ({ folder }) => {
  const engine = createEngine();
  const redis = await startRedis();
  const points: { bytes: number; readUs: number; scoreUs: number }[] = [];
  try {
    for (const length of LENGTHS) {
      const lines = Math.min(LINES_MAX, Math.round(FILE_BYTES / length));
      const shape = (line: string, index: number): string => lineOf(line, index, length);
      const file = await writeTraffic(join(folder, 'length.log'), lines, { mode: 'normal' }, shape);
      const batches = await readBatches(file.path);
      const readSeconds = await secondsOf(() => readBatches(file.path));
      // The first pass compiles what these lines need.
      await scoreBatches(redis.url, engine, batches);
      const { seconds } = await scoreBatches(redis.url, engine, batches);
      points.push({
        bytes: file.bytes / lines,
        readUs: (readSeconds * 1e6) / lines,
        scoreUs: (seconds * 1e6) / lines,
      });
    }
  } finally {
    await redis.stop();
  }
  const scoring = points.map(({ bytes, scoreUs }) => [bytes, scoreUs] as const);
  return {
    heading: 'Length of a line',
    how: 'Harmless lines whose query grows, parameter after parameter; the ingestor’s reader and the scorer’s handler, each alone.',
    head: ['bytes a line', 'reading, us a line', 'scoring, us a line', 'scoring, us a KB'],
    rows: points.map(({ bytes, readUs, scoreUs }) => [
      bytes.toFixed(0),
      readUs.toFixed(1),
      scoreUs.toFixed(1),
      ((scoreUs * 1000) / bytes).toFixed(1),
    ]),
    plotName: 'growth-length',
    plot: {
      title: 'Time of a line by its length',
      xLabel: 'bytes a line',
      yLabel: 'us a line',
      xLog: true,
      yLog: true,
      series: [
        { name: 'scoring', points: scoring },
        { name: 'reading', points: points.map(({ bytes, readUs }) => [bytes, readUs] as const) },
      ],
    },
    reading: `Scoring grows with exponent ${growthExponent(scoring).toFixed(2)} of the length over the whole range (1 is linear).`,
  };
};

/** The line's address and time, and a request as long as it takes. */
function lineOf(line: string, index: number, length: number): string {
  const head = line.slice(0, line.indexOf(']') + 1);
  const tail = ' HTTP/1.1" 200 512 "-" "curl/8.5"';
  let target = `/search?p=${index}`;
  const room = length - head.length - tail.length - 6;
  for (let field = 0; target.length < room; field += 1)
    target += `&field${field}=value-${(index * 31 + field * 7) % 9973}-of-the-form`;
  return `${head} "GET ${target.slice(0, Math.max(room, 12))}${tail}`;
}
