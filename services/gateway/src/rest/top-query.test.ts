import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { topOf } from './top-query.ts';

let database: Database;
const until = new Date('2026-03-31T10:30:00Z');
const since = new Date('2026-03-01T10:30:00Z');

beforeAll(async () => {
  database = await openTestDatabase();
  // Many addresses with little each, few with much, spread over the month: far more an hour than are looked at.
  await database.query(
    `insert into source_tallies (bucket, source_ip, events)
     select date_trunc('hour', $1::timestamptz) + (n % 720) * interval '1 hour', 'ip-' || floor(3000 * power(abs(sin(n)), 3))::int, count(*)
     from generate_series(1, 200000) as n group by 1, 2`,
    [since],
  );
});
afterAll(() => database.close());

it('finds the same as adding everything up, among more addresses an hour than it looks at', async () => {
  const all = await database.query<{ name: string; count: string }>(
    `select source_ip as name, sum(events) as count from source_tallies
     where bucket >= date_trunc('hour', $1::timestamptz) and bucket <= $2 group by 1 order by 2 desc, 1 limit 10`,
    [since, until],
  );
  const expected = all.map((row) => ({ name: row.name, count: Number(row.count) }));
  expect(await topOf(database, 'source', since, until, 10)).toEqual(expected);
});

it('counts nothing outside of its hours', async () => {
  const day = await topOf(database, 'source', new Date('2026-03-01T10:30:00Z'), new Date('2026-03-01T10:59:00Z'), 10);
  const [hour] = await database.query<{ events: string }>(
    `select sum(events) as events from source_tallies where bucket = '2026-03-01T10:00:00Z'`,
  );
  expect(day.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(Number(hour!.events));
  expect(await topOf(database, 'path', since, until, 10)).toEqual([]);
});
