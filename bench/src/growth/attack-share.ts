import { createEngine } from '@vigil/detection';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@vigil/dev-services/embedded-postgres';
import { startRedis } from '@vigil/dev-services/redis';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import { writeTraffic } from '../harness/traffic-file.ts';
import { readBatches } from '../stages/reading.ts';
import { scoreBatches } from '../stages/scoring.ts';
import { secondsOf } from '../stages/stage.ts';
import { emptyTables, storeBatches } from '../stages/storing.ts';
import type { GrowthPart } from './part.ts';

const SHARES = [0, 0.02, 0.1, 0.25, 0.5, 1];
const LINES = 50_000;

/** Time of a line as more of them are attacks. */
export const growWithAttacks: GrowthPart = async ({ folder }) => {
  const engine = createEngine();
  const redis = await startRedis();
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'attacks'), durable: true });
  const database = await openDatabase(postgres.url);
  const points: { share: number; events: number; scoreUs: number; storeUs: number }[] = [];
  try {
    await migrate(database);
    for (const share of SHARES) {
      const file = await writeTraffic(join(folder, 'share.log'), LINES, { attackShare: share });
      const batches = await readBatches(file.path);
      // The first pass compiles what these lines need and makes the partitions.
      await storeBatches(database, (await scoreBatches(redis.url, engine, batches)).scored);
      await emptyTables(database);
      const { scored, seconds } = await scoreBatches(redis.url, engine, batches);
      const storeSeconds = await secondsOf(() => storeBatches(database, scored));
      await emptyTables(database);
      points.push({
        share: share * 100,
        events: scored.reduce((sum, { detections }) => sum + detections.length, 0),
        scoreUs: (seconds * 1e6) / LINES,
        storeUs: (storeSeconds * 1e6) / LINES,
      });
    }
  } finally {
    await database.close();
    await Promise.all([postgres.stop(), redis.stop()]);
  }
  return {
    heading: 'Share of attacks',
    how: `${LINES} lines each; the scorer's handler and the event store, each alone.`,
    head: ['attacks, %', 'events', 'scoring, us a line', 'storing, us a line', 'storing, us an event'],
    rows: points.map(({ share, events, scoreUs, storeUs }) => [
      String(share),
      String(events),
      scoreUs.toFixed(1),
      storeUs.toFixed(1),
      events === 0 ? '' : perEvent({ events, storeUs }).toFixed(0),
    ]),
    plotName: 'growth-attacks',
    plot: {
      title: 'Time of a line as more of them are attacks',
      xLabel: 'attacks, %',
      yLabel: 'us a line',
      series: [
        { name: 'scoring', points: points.map(({ share, scoreUs }) => [share, scoreUs] as const) },
        { name: 'storing', points: points.map(({ share, storeUs }) => [share, storeUs] as const) },
      ],
    },
    reading: reading(points),
  };
};

function perEvent({ events, storeUs }: { events: number; storeUs: number }): number {
  return (storeUs * LINES) / events;
}

function reading(points: readonly { share: number; events: number; scoreUs: number; storeUs: number }[]): string {
  const [none, few] = points;
  const all = points.at(-1);
  if (none === undefined || few === undefined || all === undefined) throw new Error('there are fewer than two shares');
  const attackUs = ({ share, scoreUs }: typeof all) => (scoreUs - none.scoreUs) / (share / 100);
  return `An attack takes the scorer ${attackUs(few).toFixed(0)} us more than another line where it is one of few, and ${attackUs(all).toFixed(0)} us where all are; storing it takes ${perEvent(few).toFixed(0)} and ${perEvent(all).toFixed(0)} us.`;
}
