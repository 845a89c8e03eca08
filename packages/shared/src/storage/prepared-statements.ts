/** Names of the statements that are prepared, by their text. */
const names = new Map<string, string>();

/** What is used of a connection of `pg`. */
export interface Connection {
  query: (statement: unknown, ...rest: unknown[]) => unknown;
}

/**
 * Has every connection plan a statement once and keep the plan: planning what inserts events costs PostgreSQL more than inserting
 * the few that a batch brings. For statements that run all the time, and never for texts that are made from input, as each is kept
 * for the life of the connection.
 * @returns the statement's text, to be run like any other
 */
export function prepared(sql: string): string {
  if (!names.has(sql)) names.set(sql, `vigil_${names.size + 1}`);
  return sql;
}

/** Sends a connection's prepared statements by name. `pg` prepares what has a name, and kysely hands it text and values alone. */
export function sendByName(connection: Connection): void {
  const query = connection.query.bind(connection);
  connection.query = (statement, ...rest) => {
    const name = typeof statement === 'string' ? names.get(statement) : undefined;
    return query(name === undefined ? statement : { name, text: statement }, ...rest);
  };
}
