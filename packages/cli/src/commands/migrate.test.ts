import { testServices } from '@vigil/dev-services/test-services';
import { openDatabase, pendingMigrations } from '@vigil/shared/storage/database';
import { afterEach, expect, it, vi } from 'vitest';
import { outputOf } from '../testing/run-command.ts';
import { migrateCommand } from './migrate.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it('brings an empty database up to date, and leaves it alone the next time', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  vi.stubEnv('DATABASE_URL', postgresUrl);
  expect(await outputOf(migrateCommand(), [])).toMatch(/^Ran .+\.$/);
  expect(await outputOf(migrateCommand(), [])).toBe('The schema is up to date.');
  const database = await openDatabase(postgresUrl);
  expect(await pendingMigrations(database)).toEqual([]);
  await database.query(`insert into migrations (name) values ('2099-01-01-more')`);
  expect(await outputOf(migrateCommand(), [])).toBe(
    'A later release has run 2099-01-01-more, beside which this one works.\nThe schema is up to date.',
  );
  await database.query(`insert into migrations (name) values ('2099-01-02-other-breaking')`);
  await expect(outputOf(migrateCommand(), [])).rejects.toThrow(
    'The database that DATABASE_URL names cannot be used: a later release has changed the database by 2099-01-02-other-breaking: run',
  );
  await database.close();
});

it('says which variable it misses', async () => {
  vi.stubEnv('DATABASE_URL', '');
  await expect(outputOf(migrateCommand(), [])).rejects.toThrow('DATABASE_URL');
});
