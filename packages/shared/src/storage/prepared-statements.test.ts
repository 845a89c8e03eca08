import { testServices } from '@vigil/dev-services/test-services';
import { expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { prepared } from './prepared-statements.ts';

test('a connection plans a prepared statement once, and keeps nothing of others', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const database = await openDatabase(postgresUrl);
  try {
    const sum = prepared('select $1::int + $2::int as sum');
    const kept = await database.session(async (session) => {
      expect(await session.query(sum, [1, 2])).toEqual([{ sum: 3 }]);
      expect(await session.query(sum, [3, 4])).toEqual([{ sum: 7 }]);
      await session.query('select $1::int - $2::int as difference', [1, 2]);
      return session.query<{ statement: string; plans: number }>(
        'select statement, (generic_plans + custom_plans)::int as plans from pg_prepared_statements',
      );
    });
    expect(kept).toEqual([{ statement: sum, plans: 2 }]);
  } finally {
    await database.close();
  }
});

test('a statement whose columns a migration gave other types goes on without a restart', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const database = await openDatabase(postgresUrl, { poolMax: 1 });
  const migration = await openDatabase(postgresUrl);
  try {
    await migration.query('create table kept (value) as select 1');
    const read = prepared('select value from kept');
    expect(await database.query(read)).toEqual([{ value: 1 }]);
    await migration.query('alter table kept alter column value type text');
    await expect(database.query(read)).rejects.toThrow('cached plan');
    // As whoever stores and relays does: tried again until it goes.
    await expect.poll(() => database.query(read).catch(() => undefined)).toEqual([{ value: '1' }]);
  } finally {
    await database.close();
    await migration.close();
  }
});
