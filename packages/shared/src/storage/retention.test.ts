import { testServices } from '@vigil/dev-services/test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, openDatabase, pendingMigrations, type Database } from './database.ts';
import { partitionName } from './partitions.ts';
import { applyRetention, DEFAULT_RETENTION } from './retention.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

let database: Database;
beforeAll(async () => {
  const { postgresUrl } = await testServices(['postgres']);
  database = await openDatabase(postgresUrl);
});
afterAll(() => database.close());

async function partitions(): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'events'::regclass order by 1`,
  );
  return rows.map((row) => row.name);
}

async function makeDay(day: string, next: string): Promise<void> {
  await database.query(
    `create table ${partitionName(day)} partition of events for values from ('${day}') to ('${next}')`,
  );
}

describe('migrate', () => {
  it('runs once, also when several processes ask at the same time', async () => {
    expect(await pendingMigrations(database)).toHaveLength(3);
    const ran = await Promise.all([migrate(database), migrate(database), migrate(database)]);
    expect(ran.flat()).toEqual(['2026-11-23-initial', '2026-11-23-traceparent', '2026-11-26-dead-letter-format']);
    expect(await pendingMigrations(database)).toEqual([]);
  });
});

describe('retention', () => {
  it('drops the days that are too old while a writer is at work, and the alerts that point into them', async () => {
    await makeDay('2026-08-24', '2026-08-25');
    await makeDay('2026-08-25', '2026-08-26');
    await makeDay('2026-11-23', '2026-11-24');
    await database.query(
      `insert into alerts select n, gen_random_uuid(), case when n <= 2 then '2026-08-24'::timestamptz else '2026-11-23' end
       from generate_series(1, 5) n`,
    );
    await database.query(`insert into batches values ('old', $1), ('new', $2)`, [
      new Date(NOW_MS - 31 * 86_400_000).toISOString(),
      new Date(NOW_MS).toISOString(),
    ]);

    const writer = database.fork();
    await writer.begin();
    await database.query(`select count(*) from ${partitionName('2026-11-23')}`, [], writer);
    const report = await applyRetention(database, DEFAULT_RETENTION, NOW_MS);
    await writer.commit();

    expect(report?.droppedDays).toEqual(['2026-08-24']);
    expect(report?.deletedRows).toMatchObject({ alerts: 2, batches: 1 });
    expect(await partitions()).toEqual([partitionName('2026-08-25'), partitionName('2026-11-23')]);
  });

  it('keeps an old day that was stored lately', async () => {
    await makeDay('2026-03-02', '2026-03-03');
    await database.query(
      `insert into events (id, timestamp, stored_at, source, position, source_ip, method, path, query, status, bytes, referer,
         user_agent, host, score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
       values (gen_random_uuid(), '2026-03-02', $1, '', 0, '', '', '', '', 0, 0, '', '', '', 1, 'HIGH', '{}', '{}', '{}', '[]', '', '')`,
      [new Date(NOW_MS).toISOString()],
    );
    await database.query(`insert into alerts values (9, gen_random_uuid(), '2026-03-02')`);
    const report = await applyRetention(database, DEFAULT_RETENTION, NOW_MS);
    expect(report).toMatchObject({ droppedDays: [], deletedRows: { alerts: 0 } });
    const later = await applyRetention(database, DEFAULT_RETENTION, NOW_MS + 91 * 86_400_000);
    expect(later?.droppedDays).toContain('2026-03-02');
    expect(later?.deletedRows['alerts']).toBeGreaterThan(0);
  });

  it('drops a day that an earlier run had detached when it was killed', async () => {
    const [old, young] = [partitionName('2026-08-01'), partitionName('2026-11-22')];
    for (const name of [old, young]) await database.query(`create table ${name} (like events)`);
    await applyRetention(database, DEFAULT_RETENTION, NOW_MS);
    const left = await database.query(`select to_regclass('${old}') as old, to_regclass('${young}') as young`);
    expect(left).toEqual([{ old: null, young }]);
  });

  it('leaves it to whoever is at it already', async () => {
    await database.session(async (session) => {
      await session.query(`select pg_advisory_lock(7412003)`);
      expect(await applyRetention(database, DEFAULT_RETENTION, NOW_MS)).toBeUndefined();
      await session.query(`select pg_advisory_unlock(7412003)`);
    });
  });
});
