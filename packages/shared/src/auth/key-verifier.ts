import { ProblemError } from '../http/problem.ts';
import { answerWithin } from '../lifecycle/answer-within.ts';
import type { Database } from '../storage/database.ts';
import { allows, findApiKey, type ApiKey, type Principal, type Scope } from './api-keys.ts';
import type { KeyVerifier } from './authenticate.ts';

/** How long a list of keys from PostgreSQL is good: a revocation takes effect within this time. */
const REFRESH_INTERVAL_MS = 3_000;
/** A key that nobody knows may be new; asking again at most this often keeps guessing from becoming load on PostgreSQL. */
const MISS_INTERVAL_MS = 500;
/** While PostgreSQL is away the last list stays good for this long; after that only static keys are. */
const STALE_MAX_MS = 10 * 60_000;
/** A server that is stopped or cut off refuses nothing and answers nothing; after this long it counts as away. */
const QUERY_MAX_MS = 2_000;
const RETRY_AFTER_SECONDS = 2;

export interface RevocableKeyVerifier extends KeyVerifier {
  /**
   * Whether the key behind a principal still stands, with its scopes: for connections that outlive a request. While PostgreSQL is
   * away it stands unless a list that was read is without it. Never rejects.
   */
  isCurrent(principal: Principal): Promise<boolean>;
}

/**
 * Verifies keys against the static ones (`VIGIL_API_KEYS`) and, where a database is given, those of `vigil keys`, which are cached
 * for seconds. A static key wins over a stored one of the same name and never waits for PostgreSQL.
 * While PostgreSQL is away the last known list is used, for some minutes. Who is not found then may still be right: rejects with
 * ProblemError 503, for an answer that a key is not valid makes its holder throw it away.
 * @param options.now milliseconds of a clock that never goes back: set back, the wall clock would keep revoked keys valid
 */
export function createKeyVerifier(options: {
  static: readonly ApiKey[];
  database?: Pick<Database, 'query'> | undefined;
  now?: () => number;
}): RevocableKeyVerifier {
  const { database, now = () => performance.now() } = options;
  let stored: readonly ApiKey[] = [];
  let isListRead = database === undefined;
  /** Names of all lists: who was on one and is no more was revoked, whatever became of PostgreSQL since. */
  const everStored = new Set<string>();
  let loadedAtMs = -Infinity;
  let askedAtMs = -Infinity;
  let loading: Promise<void> | undefined;

  const read = async (from: Pick<Database, 'query'>): Promise<void> => {
    const startedAtMs = now();
    try {
      stored = await readStoredKeys(from);
      for (const { name } of stored) everStored.add(name);
      isListRead = true;
      loadedAtMs = startedAtMs;
    } catch {
      isListRead = false;
      // Else one after the other of those who ask would wait for a server that gives no answer.
      askedAtMs = now();
    } finally {
      loading = undefined;
    }
  };
  const load = async (): Promise<void> => {
    askedAtMs = now();
    if (database !== undefined) await (loading ??= read(database));
  };
  const refresh = async (): Promise<void> => {
    if (now() - loadedAtMs > REFRESH_INTERVAL_MS && now() - askedAtMs > MISS_INTERVAL_MS) await load();
    else if (loading !== undefined) await loading;
  };
  const findStored = (presented: string): Principal | undefined =>
    findApiKey(now() - loadedAtMs > STALE_MAX_MS ? [] : stored, presented);

  const verify = async (presented: string): Promise<Principal | undefined> => {
    const own = findApiKey(options.static, presented);
    if (own !== undefined) return own;
    await refresh();
    let found = findStored(presented);
    if (found === undefined && now() - askedAtMs > MISS_INTERVAL_MS) {
      await load();
      found = findStored(presented);
    }
    if (found === undefined && !isListRead) throw keysOutOfReach('key');
    return found;
  };
  const isCurrent = async (principal: Principal): Promise<boolean> => {
    if (options.static.some(isBehind(principal))) return true;
    await refresh();
    // A ticket may come from another gateway, which knows a newer list.
    if (!stored.some(isBehind(principal)) && now() - askedAtMs > MISS_INTERVAL_MS) await load();
    return stored.some(isBehind(principal)) || !(isListRead || everStored.has(principal.name));
  };
  return Object.assign(verify, { isCurrent });
}

function isBehind(principal: Principal): (key: ApiKey) => boolean {
  return (key) => key.name === principal.name && principal.scopes.every((scope) => allows(key, scope));
}

/** Answers who may be right. @param subject what he presented */
export function keysOutOfReach(subject: 'key' | 'token'): ProblemError {
  const detail = `Whether this ${subject} is valid cannot be looked up for now; send the request again later.`;
  return new ProblemError(
    { status: 503, title: 'Keys out of reach', detail, retry_after_seconds: RETRY_AFTER_SECONDS },
    { 'retry-after': String(RETRY_AFTER_SECONDS) },
  );
}

/** @throws Error where there is no answer within `QUERY_MAX_MS`, or whatever PostgreSQL refuses with */
function readStoredKeys(database: Pick<Database, 'query'>): Promise<ApiKey[]> {
  const sql = 'select name, sha256, scopes from api_keys where revoked_at is null order by created_at';
  return answerWithin(() => database.query<{ name: string; sha256: string; scopes: Scope[] }>(sql), QUERY_MAX_MS);
}
