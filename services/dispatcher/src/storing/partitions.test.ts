import type { ScoredBatch } from '@vigil/shared/contracts';
import { retry } from '@vigil/shared/lifecycle/retry';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { partitionName } from '@vigil/shared/storage/partitions';
import { applyRetention, DEFAULT_RETENTION } from '@vigil/shared/storage/retention/retention';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { EventStore, type StoreResult } from './event-store.ts';
import { Partitions } from './partitions.ts';
import { storeIsolatingPoison } from './poison.ts';
import { batch, detection } from '../testing/scored-batch.ts';

const NOW_MS = Date.now();

/** A machine that is busy may take its time. */
const PATIENCE = { timeout: 30_000, interval: 5 };

let database: Database;
let partitions: Partitions;
let store: EventStore;

beforeAll(async () => {
  database = await openTestDatabase();
  partitions = new Partitions(database);
  store = new EventStore(database, partitions);
});
afterAll(() => database.close());

/** Noon of a day that lies so many days back. */
const noonAgo = (days: number): number => (Math.floor(NOW_MS / 86_400_000) - days + 0.5) * 86_400_000;
const tableOf = (timestampMs: number): string => partitionName(new Date(timestampMs).toISOString().slice(0, 10));

/** Stores as the service does: until it succeeds. */
function storeAll(...batches: ScoredBatch[]): Promise<StoreResult> {
  return retry(() => storeIsolatingPoison(store, batches), { onRetry: () => partitions.forget() });
}

/** Stores an event of a day and makes it look as if it had been stored then. */
async function storeLongAgo(source: string, timestampMs: number): Promise<void> {
  await storeAll(batch(source, [detection(source, 0, { timestampMs })]));
  await database.query(`update events set stored_at = timestamp where source = $1`, [source]);
}

async function storedPositions(source: string): Promise<number[]> {
  const rows = await database.query<{ position: string }>(
    `select e.position from events e join outbox o on o.event_id = e.id where source = $1 order by 1`,
    [source],
  );
  return rows.map(({ position }) => Number(position));
}

it('loses nothing that comes for a day while retention drops it', async () => {
  const timestampMs = noonAgo(100);
  await storeLongAgo('old', timestampMs);
  await database.query(
    `with told as (delete from outbox returning *)
     insert into alerts select row_number() over (), event_id, event_timestamp from told`,
  );
  const reader = database.fork();
  await reader.begin();
  await database.query(`select * from alerts for update`, [], reader);
  const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  let over = false;
  const retention = applyRetention(database, DEFAULT_RETENTION).finally(() => (over = true));
  await vi.waitFor(async () => expect(over || (await database.query(waits)).length > 0).toBe(true), PATIENCE);
  const late = batch('late', [detection('late', 1, { timestampMs }), detection('late', 2, { timestampMs })]);
  const storing = storeAll(late);
  await Promise.race([storing, retention]);
  await reader.commit();
  await Promise.all([storing, retention]);

  await applyRetention(database, DEFAULT_RETENTION);
  expect(await storedPositions('late')).toEqual([1, 2]);
  expect(await database.query(`select 1 from outbox`)).toHaveLength(2);
  expect(await storeAll(late)).toMatchObject({ stored: [], repeatedBatches: 1 });
});

it('loses nothing that waits for a day while retention detaches it', async () => {
  const timestampMs = noonAgo(110);
  await storeLongAgo('detached', timestampMs);
  partitions.forget();
  const reader = database.fork();
  await reader.begin();
  await database.query(`select count(*) from events`, [], reader);
  const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  let over = false;
  const areWaiting = (count: number) =>
    vi.waitFor(async () => expect(over || (await database.query(waits)).length >= count).toBe(true), PATIENCE);
  const retention = applyRetention(database, DEFAULT_RETENTION).finally(() => (over = true));
  await areWaiting(1);
  const storing = storeAll(batch('soon', [detection('soon', 1, { timestampMs })])).finally(() => (over = true));
  await areWaiting(2);
  await reader.commit();
  await Promise.all([storing, retention]);
  expect(await storedPositions('soon')).toEqual([1]);
});

it('stores lines of a day whose detach was broken off, and of today beside them', async () => {
  const timestampMs = noonAgo(120);
  await storeLongAgo('detaching', timestampMs);
  const reader = database.fork();
  await reader.begin();
  await database.query(`select count(*) from events`, [], reader);
  const detach = database
    .query(`alter table events detach partition ${tableOf(timestampMs)} concurrently`)
    .catch((error) => error);
  await vi.waitFor(
    async () => expect(await database.query(`select 1 from pg_inherits where inhdetachpending`)).toHaveLength(1),
    PATIENCE,
  );
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query like '%concurrently' and pid <> pg_backend_pid()`,
  );
  await detach;
  await reader.commit();

  partitions.forget();
  const lines = [detection('again', 1, { timestampMs }), detection('again', 2, { timestampMs: NOW_MS })];
  await storeAll(batch('again', lines));
  expect(await storedPositions('again')).toEqual([1, 2]);
  expect(await storedPositions('detaching')).toEqual([0]);
});
