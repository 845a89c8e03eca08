import { createHash } from 'node:crypto';
import type * as NodeCrypto from 'node:crypto';
import { beforeEach, expect, it, vi } from 'vitest';
import { allows, apiKeysField, findApiKey, generateApiKey, hashApiKey, type ApiKey } from './api-keys.ts';

const compared = vi.hoisted(() => ({ times: 0 }));
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof NodeCrypto>();
  const timingSafeEqual: typeof crypto.timingSafeEqual = (a, b) => {
    compared.times += 1;
    return crypto.timingSafeEqual(a, b);
  };
  return { ...crypto, timingSafeEqual };
});
beforeEach(() => {
  compared.times = 0;
});

const keys: ApiKey[] = ['first', 'second', 'third'].map((name) => ({
  name,
  sha256: hashApiKey(`${name}-key-of-the-test`),
  scopes: ['read'],
}));

it.each([
  ['the first key', 'first-key-of-the-test', 'first'],
  ['the last key', 'third-key-of-the-test', 'third'],
  ['no key', 'guess', undefined],
])('compares every key in constant time, also where %s matches', (_what, presented, name) => {
  expect(findApiKey(keys, presented)).toEqual(name === undefined ? undefined : { name, scopes: ['read'] });
  expect(compared.times).toBe(keys.length);
});

it('keeps of a configured key nothing but its SHA-256', () => {
  const key = generateApiKey();
  expect(key).toMatch(/^vgl_[\w-]{43}$/);
  const sha256 = createHash('sha256').update(key).digest('hex');
  expect(hashApiKey(key)).toBe(sha256);
  const parsed = apiKeysField.parse(`ops:admin:${key},shipper:ingest+read:sha256=${sha256.toUpperCase()}`);
  expect(parsed).toEqual([
    { name: 'ops', scopes: ['admin'], sha256 },
    { name: 'shipper', scopes: ['ingest', 'read'], sha256 },
  ]);
});

it('says which entry is wrong without the key that stands in it', () => {
  const result = apiKeysField.safeParse('ops:root:a-secret-of-somebody,short:read:tooshort');
  expect(result.error?.issues.map(({ message }) => message)).toEqual([
    expect.stringContaining('entry 1'),
    expect.stringContaining('entry 2'),
  ]);
  expect(JSON.stringify(result.error)).not.toMatch(/a-secret-of-somebody|tooshort/);
});

it.each([
  'ops',
  'ops:admin',
  'ops::sixteen-letters!',
  'ops:admin+:sixteen-letters!',
  ':admin:sixteen-letters!',
  'ops:admin:fifteen-letters',
])('refuses an entry without a name, scopes or a key that is long enough: %s', (entry) => {
  const result = apiKeysField.safeParse(`first:read:sixteen-letters!,${entry}`);
  expect(result.error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining('entry 2')]);
});

it('takes entries with spaces around them, and none for an empty one', () => {
  const names = (text: string): string[] => apiKeysField.parse(text).map(({ name }) => name);
  expect(names(' ops:admin:sixteen-letters! , ,shipper:ingest:sixteen-letters?,')).toEqual(['ops', 'shipper']);
  expect(names('')).toEqual([]);
});

it('takes no beginning of a key for the key: one with a colon in it is refused, and not shown', () => {
  const result = apiKeysField.safeParse('ops:admin:correcthorsebatt:erystaple');
  expect(result.error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/entry 1.*sha256=/)]);
  expect(JSON.stringify(result.error)).not.toMatch(/correct|staple/);
});

it('lets a key do what its scopes say, and an admin everything', () => {
  const scoped = (scopes: ApiKey['scopes']) => ({ name: 'x', scopes });
  expect(allows(scoped(['ingest']), 'ingest')).toBe(true);
  expect(allows(scoped(['ingest', 'stream']), 'read')).toBe(false);
  expect(allows(scoped(['admin']), 'stream')).toBe(true);
});
