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
  await database.close();
});

it('says which variable it misses', async () => {
  vi.stubEnv('DATABASE_URL', '');
  await expect(outputOf(migrateCommand(), [])).rejects.toThrow('DATABASE_URL');
});
