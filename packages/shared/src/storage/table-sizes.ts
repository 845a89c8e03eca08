import type { Database } from './database.ts';

/** Tables that grow with what comes in. */
export const GROWING_TABLES = [
  'events',
  'outbox',
  'alerts',
  'batches',
  'line_tallies',
  'line_hour_tallies',
  'threat_tallies',
  'threat_hour_tallies',
  'source_tallies',
  'path_tallies',
  'dead_letters',
  'reviews',
];

/**
 * What each table takes on PostgreSQL's disk with its indexes and long values, bytes; all days of `events` together. It looks at the sizes
 * of files, and not at what is in them.
 */
export async function tableSizes(database: Pick<Database, 'query'>): Promise<{ table: string; bytes: number }[]> {
  // One that is dropped meanwhile has no size.
  const rows = await database.query<{ table: string; bytes: string }>(
    `select t.name as table, coalesce(sum(pg_total_relation_size(c.oid)), 0) as bytes
     from unnest($1::text[]) as t (name)
     join pg_class c on c.relname = t.name or t.name = 'events' and c.relname ~ '^events_\\d{8}$'
     where c.relkind in ('r', 'p') and pg_table_is_visible(c.oid)
     group by 1`,
    [GROWING_TABLES],
  );
  return rows.map(({ table, bytes }) => ({ table, bytes: Number(bytes) }));
}
