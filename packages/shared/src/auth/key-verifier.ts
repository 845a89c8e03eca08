import type { Database } from '../storage/database.ts';
import { allows, findApiKey, type ApiKey, type Principal, type Scope } from './api-keys.ts';
import type { KeyVerifier } from './authenticate.ts';

/** How long a list of keys from PostgreSQL is good: a revocation takes effect within this time. */
const REFRESH_INTERVAL_MS = 3_000;
/** A key that nobody knows may be new; asking again at most this often keeps guessing from becoming load on PostgreSQL. */
const MISS_INTERVAL_MS = 500;
/** While PostgreSQL is away the last list stays good for this long; after that only static keys are. */
const STALE_MAX_MS = 10 * 60_000;

export interface RevocableKeyVerifier extends KeyVerifier {
  /** Whether the key behind a principal still stands, with its scopes: for connections that outlive a request. */
  isCurrent(principal: Principal): Promise<boolean>;
}

/**
 * Verifies keys against the static ones (`VIGIL_API_KEYS`) and, where a database is given, those of `vigil keys`, which are cached
 * for seconds. A static key wins over a stored one of the same name.
 * Never rejects: while PostgreSQL is away the last known list is used, for some minutes.
 */
export function createKeyVerifier(options: {
  static: readonly ApiKey[];
  database?: Pick<Database, 'query'> | undefined;
  now?: () => number;
}): RevocableKeyVerifier {
  const { database, now = Date.now } = options;
  let stored: readonly ApiKey[] = [];
  let loadedAtMs = -Infinity;
  let askedAtMs = -Infinity;
  let loading: Promise<void> | undefined;

  const read = async (from: Pick<Database, 'query'>): Promise<void> => {
    try {
      stored = await readStoredKeys(from);
      loadedAtMs = now();
    } catch {
      if (now() - loadedAtMs > STALE_MAX_MS) stored = [];
    } finally {
      loading = undefined;
    }
  };
  const load = async (): Promise<void> => {
    askedAtMs = now();
    if (database !== undefined) await (loading ??= read(database));
  };
  const known = async (): Promise<readonly ApiKey[]> => {
    if (now() - loadedAtMs > REFRESH_INTERVAL_MS && now() - askedAtMs > MISS_INTERVAL_MS) await load();
    else if (loading !== undefined) await loading;
    return [...stored, ...options.static];
  };

  const verify = async (presented: string): Promise<Principal | undefined> => {
    const found = findApiKey(await known(), presented);
    if (found !== undefined || now() - askedAtMs <= MISS_INTERVAL_MS) return found;
    await load();
    return findApiKey([...stored, ...options.static], presented);
  };
  const isCurrent = async (principal: Principal): Promise<boolean> => {
    const keys = await known();
    return keys.some((key) => key.name === principal.name && principal.scopes.every((scope) => allows(key, scope)));
  };
  return Object.assign(verify, { isCurrent });
}

async function readStoredKeys(database: Pick<Database, 'query'>): Promise<ApiKey[]> {
  return database.query<{ name: string; sha256: string; scopes: Scope[] }>(
    'select name, sha256, scopes from api_keys where revoked_at is null order by created_at',
  );
}
