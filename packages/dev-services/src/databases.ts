import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/**
 * Makes an empty database of its own on a running server, so that suites can share one server.
 * `drop` removes it, also when sessions are still open on it.
 */
export async function createDatabase(service: { url: string }): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `vigil_test_${randomBytes(6).toString('hex')}`;
  // template0, since nobody can be connected to it: copying template1 fails while somebody is.
  await execute(service.url, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(service.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => execute(service.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
