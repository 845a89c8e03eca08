import { createEngine } from '@vigil/detection';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@vigil/dev-services/embedded-postgres';
import { startNats } from '@vigil/dev-services/nats';
import { startRedis } from '@vigil/dev-services/redis';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import type { Section, SectionOptions } from '../harness/section.ts';
import { markdownTable, median, rateText } from '../harness/statistics.ts';
import { writeTraffic } from '../harness/traffic-file.ts';
import { publishingStage, readAlerts } from '../stages/publishing.ts';
import { queueingStage } from '../stages/queueing.ts';
import { readBatches, readingStage } from '../stages/reading.ts';
import { scoreBatches, scoringStage } from '../stages/scoring.ts';
import type { Stage } from '../stages/stage.ts';
import { emptyTables, storeBatches, storingStage } from '../stages/storing.ts';

/** Each stage of the pipeline beside the least that its work could cost, in one process, measured in turns. */
export const stages: Section = { heading: 'Stages beside their limits', run };

/** Once without a measurement: code is compiled, tables and streams are there. */
const WARM_UP_ROUNDS = 1;

/** Why a stage is further from its limit than twice. */
const NOTES: Record<string, string> = {
  reading:
    'Reading: a byte scan keeps nothing; the reader copies, hashes and compresses every batch, so that Redis holds a fraction.',
  scoring:
    'Scoring: the engine alone has its lines as strings and keeps nothing; the handler decompresses, makes the strings, counts each client in the windows (a script in Redis), and assembles the scored batch.',
  storing:
    'Storing: COPY writes the rows and their indexes; the store also claims each batch, writes an outbox row for each event and six tables of tallies, and takes its values from arrays of text.',
};

async function run(options: SectionOptions): Promise<string> {
  const { lines = 200_000, runs = 5, folder } = options;
  const file = await writeTraffic(join(folder, 'access.log'), lines);
  const redis = await startRedis({ dataDir: join(folder, 'redis'), appendOnly: true, appendFsync: 'everysec' });
  const nats = await startNats({ dataDir: join(folder, 'nats') });
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durable: true });
  const database = await openDatabase(postgres.url);
  try {
    await migrate(database);
    const engine = createEngine();
    const batches = await readBatches(file.path);
    const { scored } = await scoreBatches(redis.url, engine, batches);
    await storeBatches(database, scored);
    const alerts = await readAlerts(database);
    await emptyTables(database);
    const all: Stage[] = [
      readingStage(file),
      queueingStage(redis.url, batches, lines),
      scoringStage(redis.url, engine, batches, lines),
      await storingStage(database, scored),
      publishingStage(nats.url, alerts),
    ];
    const rows: string[][] = [];
    const far: string[] = [];
    for (const stage of all) {
      const { ours, limits, ratio } = await inTurns(stage, runs);
      const unit = stage.unit === 'lines' ? 'lines/s' : 'events/s';
      rows.push([
        stage.name,
        `${rateText(ours)} ${unit}`,
        stage.limitName,
        `${rateText(limits)} ${unit}`,
        ratio.toFixed(1),
      ]);
      console.log(`${stage.name}: ${ratio.toFixed(2)} times its limit's time`);
      const note = NOTES[stage.name.split(':', 1)[0]!];
      if (ratio > 2 && note !== undefined) far.push(note);
    }
    return [
      `${lines} generated combined lines in ${batches.length} batches, ${alerts.length} events. One process, one stage at a time, stage and limit in turns; median and spread of ${runs} rounds. The last column is the median of how many times longer than its limit the stage takes in a round; the goal is 2.`,
      '',
      markdownTable(['stage', 'rate', 'limit', 'rate of the limit', 'times as long'], rows),
      ...(far.length === 0 ? [] : ['', ...far]),
    ].join('\n');
  } finally {
    await database.close();
    await Promise.all([redis.stop(), nats.stop(), postgres.stop()]);
  }
}

async function inTurns(stage: Stage, runs: number): Promise<{ ours: number[]; limits: number[]; ratio: number }> {
  const [ours, limits, ratios]: [number[], number[], number[]] = [[], [], []];
  for (let round = -WARM_UP_ROUNDS; round < runs; round += 1) {
    const seconds = await stage.ours();
    const limitSeconds = await stage.limit();
    if (round < 0) continue;
    ours.push(stage.count / seconds);
    limits.push(stage.count / limitSeconds);
    ratios.push(seconds / limitSeconds);
  }
  return { ours, limits, ratio: median(ratios) };
}
