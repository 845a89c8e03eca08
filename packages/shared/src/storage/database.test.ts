import { testServices } from '@vigil/dev-services/test-services';
import { afterEach, expect, test } from 'vitest';
import { openDatabase, type Database } from './database.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

async function open(url: string, options: Parameters<typeof openDatabase>[1]): Promise<Database> {
  const database = await openDatabase(url, options);
  releases.push(() => database.close());
  return database;
}

test('the pool loses no place to connections that end within a transaction', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const database = await open(postgresUrl, { poolMax: 1 });
  const ending = database.transactional((em) =>
    database.query('select pg_terminate_backend(pg_backend_pid())', [], em),
  );
  await expect(ending).rejects.toMatchObject({ code: '57P01' });
  await database.ping();
});
