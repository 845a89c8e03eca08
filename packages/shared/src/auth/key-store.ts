import type { Database } from '../storage/database.ts';
import { generateApiKey, hashApiKey, type Scope } from './api-keys.ts';

/** Names appear in logs, metrics and reviews. */
export const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface StoredKey {
  name: string;
  scopes: Scope[];
  createdAt: Date;
  revokedAt: Date | undefined;
}

type Store = Pick<Database, 'query'>;

/**
 * Makes a key and returns it: the only time that anybody sees it, since only its hash is kept. Undefined where the name was ever
 * used: a name in an old log must stand for one key.
 */
export async function createStoredKey(
  store: Store,
  name: string,
  scopes: readonly Scope[],
): Promise<string | undefined> {
  const key = generateApiKey();
  const rows = await store.query(
    'insert into api_keys (name, sha256, scopes) values ($1, $2, $3) on conflict do nothing returning name',
    [name, hashApiKey(key), scopes],
  );
  return rows.length === 0 ? undefined : key;
}

/** Oldest first, revoked ones included. */
export async function listStoredKeys(store: Store): Promise<StoredKey[]> {
  const rows = await store.query<{ name: string; scopes: Scope[]; created_at: string; revoked_at: string | null }>(
    'select name, scopes, created_at, revoked_at from api_keys order by created_at, name',
  );
  return rows.map((row) => ({
    name: row.name,
    scopes: row.scopes,
    createdAt: new Date(row.created_at),
    revokedAt: row.revoked_at === null ? undefined : new Date(row.revoked_at),
  }));
}

/** False where no valid key has that name. Running services follow within seconds. */
export async function revokeStoredKey(store: Store, name: string): Promise<boolean> {
  const rows = await store.query(
    'update api_keys set revoked_at = now() where name = $1 and revoked_at is null returning name',
    [name],
  );
  return rows.length === 1;
}
