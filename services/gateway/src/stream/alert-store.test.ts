import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { expect, it } from 'vitest';
import { createAlertStore } from './alert-store.ts';

it('looks each alert up instead of reading the events of all days for a page', async () => {
  const database = await openTestDatabase();
  for (let day = 1; day <= 10; day += 1)
    await database.query(
      `create table events_202603${day + 10} partition of events for values from ('2026-03-${day + 10}') to ('2026-03-${day + 11}')`,
    );
  await database.query(
    `insert into events (id, timestamp, source, position, source_ip, method, path, query, status, bytes, referer, user_agent, host,
       score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
     select gen_random_uuid(), '2026-03-11'::timestamptz + n * interval '2 minutes', 'a', n, '', '', '', '', 200, 0, '', '', '',
       0.8, 'HIGH', '{}', '{}', '{}', '[]', repeat('line', 100), ''
     from generate_series(0, 7199) as n`,
  );
  await database.query(`insert into alerts select row_number() over (order by timestamp), id, timestamp from events`);
  await database.query('analyze events, alerts');
  let plan = '';
  const store = createAlertStore({
    query: async <Row>(sql: string, params?: readonly unknown[]) => {
      plan = JSON.stringify(await database.query(`explain ${sql}`, params));
      return database.query<Row>(sql, params);
    },
  });
  const { alerts, upTo } = await store.page(500, 1_000);
  expect([alerts.length, alerts[0]?.seq, upTo]).toEqual([1_000, 501, 1_500]);
  expect(plan).toContain('on events_20260311');
  expect(plan).not.toContain('Seq Scan on events');
  await database.close();
});

it('tells what comes next, whatever way PostgreSQL takes to it', async () => {
  const database = await openTestDatabase();
  const setScans = (to: string): Promise<unknown> =>
    database.query(
      `do $$ begin
         execute format('alter database %I set enable_indexscan = ${to}', current_database());
         execute format('alter database %I set enable_bitmapscan = ${to}', current_database());
       end $$`,
    );
  await database.query('truncate alerts');
  await database.query('insert into alerts select seq, gen_random_uuid(), now() from generate_series(9, 1, -1) as seq');
  await setScans('off');
  const reading = await database.reopen({ poolMax: 1 });
  try {
    const store = createAlertStore(reading);
    const ends: number[] = [];
    for (const after of [0, 4, 8, 9]) ends.push((await store.page(after, 4)).upTo);
    expect(ends).toEqual([4, 8, 9, 9]);
  } finally {
    await reading.close();
    await setScans('default');
    await database.close();
  }
});
