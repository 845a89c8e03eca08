import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PostgresUnavailableError } from './postgres-binaries.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { Unprivileged } from './unprivileged.ts';

const run = promisify(execFile);

/** Far more than initdb takes on a slow computer with a slow disk: it is not to wait for one that hangs for ever. */
const INITDB_MS_MAX = 600_000;

/** The database's user and its database's name. */
export const account = 'vigil';

/** The password of the database's user: random, made once, mode 0600. */
export function readOrMakePassword(dataDir: string): string {
  const file = join(dataDir, 'password');
  if (!existsSync(file)) {
    if (existsSync(join(dataDir, 'cluster/PG_VERSION')))
      throw new Error(`${file}, the password of the database, is missing`);
    // Moved into place whole: a kill half-way through must not leave an empty password behind.
    writeFileSync(`${file}.new`, randomBytes(24).toString('base64url'), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8').trim();
}

export type ClusterPlace = {
  cluster: string;
  dataDir: string;
  binaries: PostgresBinaries;
  user: Unprivileged;
  durable: boolean;
};

/**
 * Creates the cluster unless it is there; what stands under its name is always complete.
 * @throws PostgresUnavailableError where initdb lies in a folder from which it cannot run
 */
export async function createCluster({ cluster, dataDir, binaries, user, durable }: ClusterPlace): Promise<void> {
  if (existsSync(join(cluster, 'PG_VERSION'))) return;
  // It has a shell run its companions, with their path in double quotes.
  if (/["$`\\]/.test(binaries.initdb))
    throw new PostgresUnavailableError(
      `${binaries.initdb} cannot run, since its path has one of " $ \` \\ in it: move Vigil to a folder without`,
    );
  // A name of its own each time: the initdb of a run that was killed may still be writing.
  const unfinished = `${cluster}.new-${randomBytes(4).toString('hex')}`;
  user.give(join(dataDir, 'password'));
  const { command, args } = user.wrap(binaries.initdb, [
    '--pgdata',
    unfinished,
    '--username',
    account,
    '--pwfile',
    join(dataDir, 'password'),
    '--auth',
    'scram-sha-256',
    '--locale',
    'C',
    '--encoding',
    'UTF8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]);
  try {
    await run(command, args, { cwd: dataDir, timeout: INITDB_MS_MAX, env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    const { stderr, killed, message } = error as Error & { stderr?: string; killed?: boolean };
    const why = killed === true ? `it was not done after ${INITDB_MS_MAX / 1000} s` : stderr || message;
    throw new Error(`initdb failed: ${why}`, { cause: error });
  }
  renameSync(unfinished, cluster);
  for (const entry of readdirSync(dataDir)) {
    if (entry.startsWith('cluster.new-')) rmSync(join(dataDir, entry), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The data was made by another major version of PostgreSQL; the message says what to do. */
export class PostgresVersionError extends Error {
  override readonly name = 'PostgresVersionError';
}

/**
 * @param runs the major version of the programs
 * @throws PostgresVersionError when the cluster was made by another major version, whose files this one cannot read
 */
export function checkVersion(cluster: string, runs: string): void {
  const has = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (has !== runs) {
    throw new PostgresVersionError(
      `the data in ${cluster} is of PostgreSQL ${has}, this is PostgreSQL ${runs}: ` +
        'dump it with the old version and restore it with the new one, or move the folder away',
    );
  }
}
