import { testServices } from '@vigil/dev-services/test-services';
import { expect, test } from 'vitest';
import { migrate, openDatabase, type Session } from '../database.ts';
import { attachDay, lockDay } from '../partitions.ts';

test('days that were made when events held jsonb keep their events and can be attached', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const database = await openDatabase(postgresUrl);
  const inDay = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    database.transactional((em) => work({ query: (sql, params) => database.query(sql, params, em) }));
  const attach = (day: string): Promise<void> =>
    inDay(async (session) => attachDay(session, day, await lockDay(session, day)));
  const insert = (day: string): Promise<unknown> =>
    database.query(
      `insert into events (id, timestamp, source, position, source_ip, method, path, query, status, bytes, referer, user_agent, host,
         score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
       values (gen_random_uuid(), $1, 's', 0, '192.0.2.1', 'GET', '/', '', 200, 1, '', '', '', 0.9, 'HIGH', '{"XSS": 0.9}'::jsonb, '{}', '{}',
         '[{"rule": "é"}]'::jsonb, '', '')`,
      [day],
    );
  try {
    await database.orm.migrator.up({ to: '2026-11-26-dead-letter-format' });
    for (const day of ['2026-01-01', '2026-01-02']) {
      await attach(day);
      await insert(day);
    }
    await database.query('alter table events detach partition events_20260101');
    await migrate(database);
    await attach('2026-01-01');
    // As a dispatcher of an earlier release does.
    await insert('2026-01-02');
    const rows = await database.query(
      `select pg_typeof(matches)::text as type, matches, component_scores from events order by timestamp`,
    );
    expect(rows).toEqual(
      Array.from({ length: 3 }, () => ({ type: 'json', matches: [{ rule: 'é' }], component_scores: { XSS: 0.9 } })),
    );
  } finally {
    await database.close();
  }
});
