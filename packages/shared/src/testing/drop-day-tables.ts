import type { Database } from '../storage/database.ts';

/** Drops all tables that are days of `events`, or are named after one, attached or not. */
export async function dropDayTables(database: Database): Promise<void> {
  const left = await database.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relname ~ '^events_' and pg_table_is_visible(oid)`,
  );
  for (const { name } of left) await database.query(`drop table ${name}`);
}
