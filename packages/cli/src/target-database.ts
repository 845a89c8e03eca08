import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { databaseUrl } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { openDatabase, type Database } from '@vigil/shared/storage/database';
import { DatabaseAwayError, sqlState, UNDEFINED_TABLE } from '@vigil/shared/storage/database-errors';
import { dropForeignSettings } from '@vigil/shared/storage/foreign-settings';
import { DATABASE_URL_FILE } from './embedded/data-dir.ts';
import { EXIT_FAILED, EXIT_USAGE, UserError } from './exit.ts';
import { defaultDataDir } from './paths.ts';

/**
 * URL of the database that an operator's command works on: `DATABASE_URL`, else that of the Vigil that runs on the data folder, which
 * settings in `env` for other servers must not reach.
 * @throws UserError where there is neither, ConfigError where `DATABASE_URL` is none
 */
export function targetDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string {
  const given = loadConfig(z.object({ DATABASE_URL: databaseUrl.optional() }), env).DATABASE_URL;
  if (given !== undefined) return given;
  const dataDir = defaultDataDir(env);
  dropForeignSettings(env);
  try {
    return readFileSync(join(dataDir, DATABASE_URL_FILE), 'utf8').trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new UserError(`No database: set DATABASE_URL, or start Vigil first (nothing runs on ${dataDir}).`);
    throw new UserError(
      `The data folder ${dataDir} cannot be read (${message}): work as the user that Vigil runs as, or set VIGIL_DATA_DIR or DATABASE_URL.`,
    );
  }
}

/**
 * Runs `work` on that database and closes it.
 * @throws UserError where it cannot be reached or is none of Vigil's, and what `work` throws
 */
export async function withTargetDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  return withDatabase(targetDatabaseUrl(), async (database) => {
    try {
      return await work(database);
    } catch (error) {
      if (sqlState(error) !== UNDEFINED_TABLE) throw error;
      throw new UserError(
        `The database ${whichOne()} has no tables of Vigil: is it the right one? "vigil migrate" makes them.`,
      );
    }
  });
}

/**
 * Runs `work` on the database at `url` and closes it.
 * @throws UserError where it cannot be reached or goes away meanwhile, and what `work` throws
 */
export async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url, { poolMax: 2 });
  try {
    await database.ping().catch((error: unknown) => {
      const exitCode = error instanceof DatabaseAwayError ? EXIT_FAILED : EXIT_USAGE;
      throw new UserError(`The database ${whichOne()} cannot be used: ${reasonOf(error)}`, { cause: error, exitCode });
    });
    return await work(database).catch((error: unknown) => {
      if (!(error instanceof DatabaseAwayError)) throw error;
      const message = `The database ${whichOne()} failed meanwhile: ${reasonOf(error)}`;
      throw new UserError(message, { cause: error, exitCode: EXIT_FAILED });
    });
  } finally {
    await database.close();
  }
}

/** Never the URL, which holds a password. */
function whichOne(): string {
  return process.env['DATABASE_URL'] ? 'that DATABASE_URL names' : `of the Vigil on ${defaultDataDir()} (does it run?)`;
}

/** A host with several addresses gives an error without words, which holds one for each. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return reasonOf(error instanceof AggregateError ? error.errors[0] : error.cause);
}
