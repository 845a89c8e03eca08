import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What a key may do: push lines, read REST, listen to alerts, everything. */
export const scopeSchema = z.enum(['ingest', 'read', 'stream', 'admin']);
export type Scope = z.infer<typeof scopeSchema>;

export interface ApiKey {
  name: string;
  /** SHA-256 of the key, hex. Keys are 256 random bits, so a plain hash cannot be reversed by guessing. */
  sha256: string;
  scopes: readonly Scope[];
}

/** Who presented a valid key. */
export interface Principal {
  name: string;
  scopes: readonly Scope[];
}

/** Whether its key may do that; `admin` may do everything. */
export function allows(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes('admin') || principal.scopes.includes(scope);
}

/** A new key, shown once: `vgl_` and 43 characters of base64url. */
export function generateApiKey(): string {
  return `vgl_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a key: its SHA-256, hex. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * Compares against every known key in constant time, so that neither a match nor its place shows in the answer's time. A thousand keys
 * take a fifth of a millisecond; they are made by hand, one by one.
 */
export function findApiKey(keys: readonly ApiKey[], presented: string): Principal | undefined {
  const hash = Buffer.from(hashApiKey(presented), 'hex');
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(hash, Buffer.from(key.sha256, 'hex'))) found = key;
  return found === undefined ? undefined : { name: found.name, scopes: found.scopes };
}

/**
 * `VIGIL_API_KEYS`: comma-separated `name:scope+scope:key`, where the key stands as it is or as `sha256=<hex>`.
 * For instance `ops:admin:vgl_…,shipper:ingest:sha256=9f86…`. A key with a colon or a comma in it stands as its hash.
 */
export const apiKeysField = z.string().transform((text, context): ApiKey[] => {
  const keys: ApiKey[] = [];
  for (const [index, entry] of text.split(',').entries()) {
    if (entry.trim() === '') continue;
    const [name, scopes, key, ...rest] = entry.trim().split(':');
    const parsed = z.array(scopeSchema).nonempty().safeParse(scopes?.split('+'));
    if (name === undefined || name === '' || key === undefined || !parsed.success) {
      context.addIssue(
        `entry ${index + 1} must be name:scope+scope:key with scopes of ${scopeSchema.options.join(', ')}`,
      );
      continue;
    }
    if (rest.length > 0) {
      context.addIssue(
        `entry ${index + 1}: the key has a ":" in it, which parts the fields; give sha256= and the hex SHA-256 of the key instead`,
      );
      continue;
    }
    const hashed = /^sha256=([0-9a-f]{64})$/i.exec(key)?.[1];
    if (hashed === undefined && key.length < 16) {
      context.addIssue(`entry ${index + 1}: the key is shorter than 16 characters`);
      continue;
    }
    keys.push({ name, scopes: parsed.data, sha256: hashed?.toLowerCase() ?? hashApiKey(key) });
  }
  return keys;
});
