/**
 * Takes `PGSSLMODE`, `PGOPTIONS` and their like out of an environment, for a process whose database is Vigil's own: node-postgres and
 * PostgreSQL's programs fill in from them what a URL leaves open, and they are meant for another server.
 * @param env changed in place; before threads and processes that inherit it are started
 */
export function dropForeignSettings(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (name.startsWith('PG')) delete env[name];
}
