import { testServices } from '@vigil/dev-services/test-services';
import { migrate, openDatabase, type Database } from '../storage/database.ts';

/** The test file's own database on a real PostgreSQL (see `testServices`), with all of Vigil's tables; for the caller to close. */
export async function openTestDatabase(): Promise<Database> {
  const { postgresUrl } = await testServices(['postgres']);
  const database = await openDatabase(postgresUrl);
  await migrate(database);
  return database;
}
