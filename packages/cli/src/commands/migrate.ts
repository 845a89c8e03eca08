import { Command } from 'commander';
import { z } from 'zod';
import { databaseUrl } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { migrate } from '@vigil/shared/storage/database';
import { withDatabase } from '../target-database.ts';

/** `vigil migrate`: brings the schema of `DATABASE_URL` up to date; the services only check that it is. */
export function migrateCommand(): Command {
  return new Command('migrate').description('bring the database schema up to date (DATABASE_URL)').action(async () => {
    const config = loadConfig(z.object({ DATABASE_URL: databaseUrl }), process.env);
    const { ran, later } = await withDatabase(config.DATABASE_URL, (database) =>
      migrate(database, ({ name, does }) => console.log(`Running ${name}: ${does} …`)),
    );
    if (later.length > 0) console.log(`A later release has run ${later.join(', ')}, beside which this one works.`);
    console.log(ran.length === 0 ? 'The schema is up to date.' : `Ran ${ran.join(', ')}.`);
  });
}
