import { createEngine } from '@vigil/detection';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@vigil/dev-services/embedded-postgres';
import { startRedis } from '@vigil/dev-services/redis';
import { EventStore } from '@vigil/dispatcher/storing/event-store';
import { Partitions } from '@vigil/dispatcher/storing/partitions';
import { ADMIN_KEY, startTestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { ScoredBatch } from '@vigil/shared/contracts';
import { migrate, openDatabase, type Database } from '@vigil/shared/storage/database';
import { generateEvents } from '../../gateway/generate-events.ts';
import { median } from '../harness/statistics.ts';
import { writeTraffic } from '../harness/traffic-file.ts';
import { readBatches } from '../stages/reading.ts';
import { scoreBatches } from '../stages/scoring.ts';
import { secondsOf } from '../stages/stage.ts';
import type { GrowthPart } from './part.ts';

const ROWS = [0, 100_000, 1_000_000, 10_000_000];
const HOUR_MS = 3_600_000;
const ROUNDS = 5;
const QUERIES = ['/threats?limit=100', '/threats?limit=100&severity=HIGH', '/stats?range=24h'];

/** Time to store events and to ask for them as the table grows. */
export const growWithRows: GrowthPart = async ({ folder, linesMax }) => {
  const scored = await scoredBatches(folder);
  const points: { rows: number; insertUs: number; queryMs: number[] }[] = [];
  for (const rows of ROWS.filter((count) => count <= linesMax)) {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, `rows-${rows}`), durable: true });
    const database = await openDatabase(postgres.url, { answerMaxMs: 0 });
    try {
      await migrate(database);
      if (rows > 0) await generateEvents(database, rows, () => undefined);
      const insertUs = await insertTime(database, scored);
      points.push({ rows, insertUs, queryMs: await queryTimes(database) });
    } finally {
      await database.close();
      await postgres.stop();
    }
  }
  return {
    heading: 'Events in the table',
    how: 'Generated events over 30 days, then new ones among the last hour’s, in groups as the dispatcher stores them; medians, queries over HTTP.',
    head: ['rows before', 'storing, us an event', ...QUERIES.map((query) => `\`${query}\`, ms`)],
    rows: points.map(({ rows, insertUs, queryMs }) => [
      String(rows),
      insertUs.toFixed(0),
      ...queryMs.map((ms) => ms.toFixed(1)),
    ]),
    plotName: 'growth-rows',
    plot: {
      title: 'Storing an event as the table grows',
      xLabel: 'rows before (an empty table stands at 1)',
      yLabel: 'us an event',
      xLog: true,
      series: [{ name: 'storing', points: points.map(({ rows, insertUs }) => [Math.max(1, rows), insertUs] as const) }],
    },
    reading:
      'Indexes belong to days, so an insert meets those of one day whatever the rest holds; lists are bounded scans along the index on time, statistics read tallies.',
  };
};

async function scoredBatches(folder: string): Promise<ScoredBatch[]> {
  const file = await writeTraffic(join(folder, 'rows.log'), 10_000, { attackShare: 0.3 });
  const redis = await startRedis();
  try {
    return (await scoreBatches(redis.url, createEngine(), await readBatches(file.path))).scored;
  } finally {
    await redis.stop();
  }
}

/** Microseconds an event, median of rounds that each store other ids within the last hour. */
async function insertTime(database: Database, scored: readonly ScoredBatch[]): Promise<number> {
  const store = new EventStore(database, new Partitions(database));
  const events = scored.reduce((sum, { detections }) => sum + detections.length, 0);
  const nowMs = Date.now();
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const fresh = scored.map((batch) => ({
      ...batch,
      id: `${batch.id}-${round}`,
      detections: batch.detections.map((event, index) => ({
        ...event,
        id: crypto.randomUUID(),
        timestampMs: nowMs - ((index * 7_919) % HOUR_MS),
      })),
    }));
    const seconds = await secondsOf(() => store.store(fresh));
    // The first one makes the partition's pages warm.
    if (round > 0) times.push((seconds * 1e6) / events);
  }
  return median(times);
}

async function queryTimes(database: Database): Promise<number[]> {
  const gateway = await startTestGateway(database, createMemoryAlertBus());
  try {
    const all: number[] = [];
    for (const query of QUERIES) {
      const times: number[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const seconds = await secondsOf(async () => {
          const answer = await fetch(`${gateway.url}${query}`, { headers: { 'x-api-key': ADMIN_KEY } });
          if (!answer.ok) throw new Error(`${query}: ${answer.status} ${await answer.text()}`);
          await answer.arrayBuffer();
        });
        if (round > 0) times.push(seconds * 1000);
      }
      all.push(median(times));
    }
    return all;
  } finally {
    await gateway.stop();
  }
}
