import { testServices } from '@vigil/dev-services/test-services';
import { expect, test } from 'vitest';
import { migrate, openDatabase, pendingMigrations } from './database.ts';

test('of several processes that migrate at once, one does the work and the others wait for it', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const databases = await Promise.all(Array.from({ length: 4 }, () => openDatabase(postgresUrl)));
  try {
    const wanted = await pendingMigrations(databases[0]!);
    expect(wanted.length).toBeGreaterThan(0);
    const ran = await Promise.all(databases.map((database) => migrate(database)));
    expect(ran.flat()).toEqual(wanted);
    for (const database of databases) expect(await pendingMigrations(database)).toEqual([]);
  } finally {
    await Promise.all(databases.map((database) => database.close()));
  }
});
