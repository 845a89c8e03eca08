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
  let closed = 0;
  const { cancellable, close } = cancelUnwanted(database.orm, query, async () => ({
    query: async (...given) => {
      const rows = await query<never>(...given);
      cancelled.resolve();
      return rows;
    },
    close: async () => void (closed += 1),
  }));
  const leaving = new AbortController();
  const asked = cancellable(leaving.signal, async (on) => {
    await on.query('select 1');
    leaving.abort(new Error('left'));
    await cancelled.promise;
    return on.query('select pg_sleep(0.1)');
  });
  await expect(asked).rejects.toThrow('left');
  // What it has opened for that ends with the rest.
  await close();
  expect(closed).toBe(1);
});

test('tries again to open what cancels, and is closed without it', async () => {
  let opened = 0;
  const { cancellable, close } = cancelUnwanted(database.orm, query, async () => {
    opened += 1;
    throw new Error('no certificate');
  });
  for (let round = 1; round <= 2; round += 1) {
    const leaving = new AbortController();
    const asked = cancellable(leaving.signal, async (on) => {
      leaving.abort(new Error('left'));
      return on.query('select 1');
    });
    await expect(asked).rejects.toThrow('left');
    expect(opened).toBe(round);
  }
  await close();
});

test('cancels nothing for whoever leaves with an answer: others have its connection by then', async () => {
  let opened = 0;
  const { cancellable } = cancelUnwanted(database.orm, query, async () => {
    opened += 1;
    return { query, close: async () => undefined };
  });
  const leaving = new AbortController();
  expect(await cancellable(leaving.signal, (on) => on.query('select 1 as n'))).toEqual([{ n: 1 }]);
  leaving.abort(new Error('left'));
  expect(opened).toBe(0);
});
