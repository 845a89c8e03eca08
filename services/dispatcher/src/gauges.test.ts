import { Registry } from '@vigil/shared/metrics/metrics';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerDatabaseGauges, registerSizeGauges } from './gauges.ts';
import { EventStore } from './storing/event-store.ts';
import { Partitions } from './storing/partitions.ts';
import { batch, detection } from './testing/scored-batch.ts';

let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
});

afterAll(() => database.close());

test('the first scrape shows in every gauge what is so now', async () => {
  await database.query(`update relay_state set last_seq = 70`);
  await database.query(`insert into relay_cursors values ('bus', 70), ('webhook', 28), ('given up', 3)`);
  await database.query(
    `insert into alerts (seq, event_id, event_timestamp)
     values (28, gen_random_uuid(), now() - interval '1 hour'), (29, gen_random_uuid(), now() - interval '2 minutes')`,
  );
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack, created_at)
     values ('a', 'job', 'scored', '', '', '', now() - interval '1 hour')`,
  );
  await database.query(`insert into outbox (event_id, event_timestamp) values (gen_random_uuid(), now())`);

  const registry = new Registry();
  registerDatabaseGauges(registry, database, [
    { name: 'bus' },
    { name: 'webhook', intervalMs: 60_000 },
    { name: 'jetstream' },
  ]);
  const scraped = await registry.metrics();

  // Where nobody tells a sink any more nobody waits for it either.
  expect(scraped.match(/^vigil_outbox_lag_alerts.*$/gm)).toEqual([
    'vigil_outbox_lag_alerts{sink="bus"} 0',
    'vigil_outbox_lag_alerts{sink="webhook"} 42',
  ]);
  // What a sink lets gather is not late.
  expect(scraped.match(/^vigil_outbox_lag_seconds.*$/gm)).toEqual([
    'vigil_outbox_lag_seconds{sink="bus"} 0',
    expect.stringMatching(/sink="webhook"} 6\d\./),
  ]);
  expect(scraped).toContain('vigil_dead_letters 1');
  expect(scraped).toMatch(/vigil_dead_letters_oldest_age_seconds 36\d\d/);
  expect(scraped).toContain('vigil_outbox_rows 1');
});

test('what was stored while the clock was a day ahead is not young until then', async () => {
  await database.query(`update alerts set event_timestamp = event_timestamp + interval '1 day'`);
  await database.query(`update dead_letters set created_at = created_at + interval '1 day'`);
  const registry = new Registry();
  registerDatabaseGauges(registry, database, [{ name: 'webhook' }]);
  const scraped = await registry.metrics();
  expect(scraped).toMatch(/vigil_outbox_lag_seconds{sink="webhook"} 86\d\d\d/);
  expect(scraped).toMatch(/vigil_dead_letters_oldest_age_seconds 82\d\d\d/);
});

test('what waits is as old as it was stored first, however old the log is that it came from', async () => {
  await database.query(`truncate outbox, alerts, relay_cursors`);
  await database.query(`insert into relay_cursors values ('webhook', 70)`);
  const store = new EventStore(database, new Partitions(database));
  for (const position of [0, 1, 2]) await store.store([batch('waits', [detection('waits', position)])]);
  await database.query(`update events set stored_at = now() - (3 - position) * interval '1 hour'`);
  // The first one has its `seq` and no sink has it; the others have none yet.
  await database.query(
    `with assigned as (delete from outbox where pos = (select min(pos) from outbox) returning *)
     insert into alerts (seq, event_id, event_timestamp) select 71, event_id, event_timestamp from assigned`,
  );
  const registry = new Registry();
  registerDatabaseGauges(registry, database, [{ name: 'webhook' }]);
  const scraped = await registry.metrics();
  expect(scraped).toMatch(/^vigil_outbox_lag_seconds{sink="webhook"} 108\d\d/m);
  expect(scraped).toMatch(/^vigil_outbox_oldest_age_seconds 72\d\d/m);
});

test('what is stored is told by table, all days of events as one, beside what they may take', async () => {
  for (const [day, next] of [
    ['01', '02'],
    ['02', '03'],
  ])
    await database.query(
      `create table events_202601${day} partition of events for values from ('2026-01-${day}') to ('2026-01-${next}')`,
    );
  await database.query('alter table events detach partition events_20260101');
  const [sizes] = await database.query<{ events: string; alerts: string }>(
    `select sum(pg_total_relation_size(oid)) as events, pg_total_relation_size('alerts') as alerts
     from pg_class where relkind = 'r' and relname like 'events\\_2%'`,
  );
  const registry = new Registry();
  registerSizeGauges(registry, database, 5_000_000_000);
  const scraped = await registry.metrics();
  expect(scraped).toContain(`vigil_table_bytes{table="events"} ${sizes!.events}`);
  expect(scraped).toContain(`vigil_table_bytes{table="alerts"} ${sizes!.alerts}`);
  expect(scraped.match(/^vigil_table_bytes/gm)).toHaveLength(12);
  expect(scraped).toContain('vigil_events_bytes_max 5000000000');
});

test('where events may take what they like their bound is 0, as it is set', async () => {
  const registry = new Registry();
  registerSizeGauges(registry, database, 0);
  expect(await registry.metrics()).toContain('vigil_events_bytes_max 0\n');
});
