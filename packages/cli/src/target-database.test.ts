import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testServices } from '@vigil/dev-services/test-services';
import { ConfigError } from '@vigil/shared/config/load-config';
import { DatabaseAwayError } from '@vigil/shared/storage/database-errors';
import { afterEach, expect, it, vi } from 'vitest';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { retentionCommand } from './commands/retention.ts';
import { DATABASE_URL_FILE } from './embedded/data-dir.ts';
import { EXIT_FAILED, EXIT_USAGE, UserError } from './exit.ts';
import { targetDatabaseUrl, withDatabase } from './target-database.ts';
import { outputOf } from './testing/run-command.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const COMMANDS = [
  ['keys list', () => outputOf(keysCommand(), ['list'])],
  ['retention', () => outputOf(retentionCommand(), [])],
  ['migrate', () => outputOf(migrateCommand(), [])],
] as const;

it.each(COMMANDS)('says why the database cannot be used, and never with which password: %s', async (_name, run) => {
  const { postgresUrl } = await testServices(['postgres']);
  const changed = (change: Partial<URL>): string => Object.assign(new URL(postgresUrl), change).href;
  for (const [url, reason] of [
    [changed({ password: 'hunter2' }), /password authentication failed|does not exist/],
    [changed({ pathname: '/no_such_database' }), /database "no_such_database" does not exist/],
    ['postgres://vigil:hunter2@127.0.0.1:9/vigil', /ECONNREFUSED/],
    ['postgres://vigil:hunter2@localhost:9/vigil', /ECONNREFUSED/],
  ] as const) {
    vi.stubEnv('DATABASE_URL', url);
    const failure: unknown = await run().then(
      () => 'none',
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).message).toMatch(/^The database that DATABASE_URL names cannot be used: /);
    expect((failure as Error).message).toMatch(reason);
    expect((failure as Error).message).not.toContain('hunter2');
  }
  vi.stubEnv('DATABASE_URL', 'mysql://127.0.0.1/vigil');
  await expect(run()).rejects.toThrow(ConfigError);
});

it('names the command that makes the tables where there are none', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  vi.stubEnv('DATABASE_URL', postgresUrl);
  await expect(outputOf(keysCommand(), ['list'])).rejects.toThrow('"vigil migrate" makes them');
});

it('tells a data folder that it cannot read from one on which nothing runs', () => {
  const env = (folder: string): NodeJS.ProcessEnv => ({ VIGIL_DATA_DIR: folder });
  expect(() => targetDatabaseUrl(env(join(import.meta.dirname, 'nowhere')))).toThrow('start Vigil first');
  expect(() => targetDatabaseUrl(env(import.meta.filename))).toThrow(/cannot be read \(ENOTDIR.*VIGIL_DATA_DIR/);
});

it('tells a script by its exit code whether the same call may succeed later', async () => {
  const { postgresUrl } = await testServices(['postgres']);
  const lost = (): Promise<never> => Promise.reject(new DatabaseAwayError(new Error('the server went away')));
  await expect(withDatabase(postgresUrl, lost)).rejects.toMatchObject({
    message: expect.stringContaining('failed meanwhile: the server went away') as string,
    exitCode: EXIT_FAILED,
  });
  const away = 'postgres://vigil@127.0.0.1:9/vigil';
  await expect(withDatabase(away, lost)).rejects.toMatchObject({ exitCode: EXIT_FAILED });
  const none = Object.assign(new URL(postgresUrl), { pathname: '/no_such_database' }).href;
  await expect(withDatabase(none, lost)).rejects.toMatchObject({ exitCode: EXIT_USAGE });
});

it('goes to the database of the Vigil that runs here without what the shell says of other servers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-target-'));
  try {
    writeFileSync(join(folder, DATABASE_URL_FILE), 'postgres://own\n');
    const env = { VIGIL_DATA_DIR: folder, PGSSLMODE: 'require' };
    expect([targetDatabaseUrl(env), env]).toEqual(['postgres://own', { VIGIL_DATA_DIR: folder }]);
    const distributed = { DATABASE_URL: 'postgres://vigil@db.example/vigil', PGSSLMODE: 'require' };
    expect([targetDatabaseUrl(distributed), distributed.PGSSLMODE]).toEqual([distributed.DATABASE_URL, 'require']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
