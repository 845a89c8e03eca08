import { testServices } from '@vigil/dev-services/test-services';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelUnwanted } from './cancel-unwanted.ts';
import { openDatabase, type Database } from './database.ts';

let database: Database;
const query: Database['query'] = (...given) => database.query(...given);
beforeAll(async () => {
  database = await openDatabase((await testServices(['postgres'])).postgresUrl);
});
afterAll(() => database.close());

test('asks for nothing more once nobody wants it, also where PostgreSQL had nothing to give up at that moment', async () => {
  const cancelled = Promise.withResolvers<void>();
  const { cancellable } = cancelUnwanted(database.orm, query, async () => ({
    query: async (...given) => {
      const rows = await query<never>(...given);
      cancelled.resolve();
      return rows;
    },
    close: async () => undefined,
  }));
  const leaving = new AbortController();
  const asked = cancellable(leaving.signal, async (on) => {
    await on.query('select 1');
    leaving.abort(new Error('left'));
    await cancelled.promise;
    return on.query('select pg_sleep(0.1)');
  });
  await expect(asked).rejects.toThrow('left');
});
