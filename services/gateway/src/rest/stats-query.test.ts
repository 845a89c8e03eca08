import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lineCounts } from './stats-query.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.query(
    `insert into line_tallies
     select minute, source, 'scored:LOW', 1
     from generate_series('2026-03-01T00:00:00Z', '2026-03-02T13:20:00Z', interval '1 minute') minute, unnest(array['a', 'b']) source`,
  );
  await database.query(
    `insert into line_hour_tallies
     select date_trunc('hour', bucket), source, outcome, sum(lines) from line_tallies group by 1, 2, 3`,
  );
});
afterAll(() => database.close());

it.each([
  ['by the minute, within hours', '2026-03-02T12:20:30Z', 61],
  ['by the minute, from a full hour on', '2026-03-02T12:00:00Z', 81],
  ['by the minute, over a day', '2026-03-01T13:20:30Z', 24 * 60 + 1],
  ['the first hour whole, beyond', '2026-03-01T12:05:00Z', 25 * 60 + 21],
])('counts lines %s', async (_what, since, minutes) => {
  const counted = await lineCounts(database, new Date(since), new Date('2026-03-02T13:20:30Z'));
  expect(counted).toEqual([{ name: 'scored:LOW', count: 2 * minutes }]);
});

it('reads few rows however many minutes a day has', async () => {
  let plan = '';
  const explained = {
    query: async <Row>(sql: string, params?: readonly unknown[]) => {
      plan = JSON.stringify(await database.query(`explain (analyze, format json) ${sql}`, params));
      return database.query<Row>(sql, params);
    },
  };
  await lineCounts(explained, new Date('2026-03-01T13:20:30Z'), new Date('2026-03-02T13:20:30Z'));
  const read = [...plan.matchAll(/"Actual Rows": ?(\d+)/g)].map(([, rows]) => Number(rows));
  expect(Math.max(...read)).toBe(2 * (40 + 24));
});
