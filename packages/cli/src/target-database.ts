import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type Database } from '@vigil/shared/storage/database';
import { DATABASE_URL_FILE } from './embedded/data-dir.ts';
import { UserError } from './exit.ts';
import { defaultDataDir } from './paths.ts';

/** URL of the database that an operator's command works on: `DATABASE_URL`, else that of the Vigil that runs on the data folder. */
export function targetDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const path = join(defaultDataDir(env), DATABASE_URL_FILE);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  throw new UserError(`No database: set DATABASE_URL, or start Vigil first (nothing runs on ${defaultDataDir(env)}).`);
}

/** Runs `work` on that database and closes it. */
export async function withTargetDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(targetDatabaseUrl(), { poolMax: 2 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
