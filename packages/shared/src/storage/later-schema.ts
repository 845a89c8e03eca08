import { UNDEFINED_TABLE, sqlState } from './database-errors.ts';
import { BREAKING, SCHEMA_CHANGES } from './migrations/migrations.ts';

const KNOWN: ReadonlySet<string> = new Set(SCHEMA_CHANGES.map(({ name }) => name));

/** A later release has changed the database so that this one cannot use it. */
export class LaterSchemaError extends Error {
  override readonly name = 'LaterSchemaError';

  constructor(changes: readonly string[]) {
    super(
      `a later release has changed the database by ${changes.join(', ')}: run that release or one after it, or restore a backup from before`,
    );
  }
}

/** Of the names of changes that a database has, those that this release does not know. */
export function laterChanges(names: readonly string[]): string[] {
  return names.filter((name) => !KNOWN.has(name));
}

/**
 * Keeps a release that somebody went back to from a database that it would not understand.
 * @param query asks a connection that belongs to nobody yet
 * @throws LaterSchemaError
 */
export async function refuseLaterSchema(query: (sql: string) => Promise<unknown>): Promise<void> {
  const { rows } = (await query(`select name from migrations where name like '%${BREAKING}'`).catch(
    (error: unknown) => {
      // Nobody has made them yet.
      if (sqlState(error) === UNDEFINED_TABLE) return { rows: [] };
      throw error;
    },
  )) as { rows: { name: string }[] };
  const later = laterChanges(rows.map(({ name }) => name));
  if (later.length > 0) throw new LaterSchemaError(later);
}
