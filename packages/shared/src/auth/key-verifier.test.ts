import { freePort } from '@vigil/dev-services/free-port';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openDatabase, type Database } from '../storage/database.ts';
import { openTestDatabase } from '../testing/open-test-database.ts';
import { generateApiKey, hashApiKey } from './api-keys.ts';
import { authenticate } from './authenticate.ts';
import { revokeStoredKey } from './key-store.ts';
import { createKeyVerifier } from './key-verifier.ts';

let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function store(name: string): Promise<string> {
  const key = generateApiKey();
  await database.query('insert into api_keys (name, sha256, scopes) values ($1, $2, $3)', [
    name,
    hashApiKey(key),
    ['read', 'stream'],
  ]);
  return key;
}

const UNKNOWN = { problem: { status: 503 } };

/** Asks while PostgreSQL refuses to say which keys there are. */
async function whileUnreadable(ask: () => Promise<void>): Promise<void> {
  await database.query('alter table api_keys rename to api_keys_away');
  try {
    await ask();
  } finally {
    await database.query('alter table api_keys_away rename to api_keys');
  }
}

it('knows static keys without a database', async () => {
  const verify = createKeyVerifier({
    static: [{ name: 'ops', sha256: hashApiKey('k'.repeat(20)), scopes: ['admin'] }],
  });
  expect(await verify('k'.repeat(20))).toEqual({ name: 'ops', scopes: ['admin'] });
  expect(await verify('other')).toBeUndefined();
});

it('lets in all who ask at once before the first list is read', async () => {
  const key = await store('early');
  const verify = createKeyVerifier({ static: [], database });
  const principal = { name: 'early', scopes: ['read', 'stream'] };
  expect(await Promise.all([verify(key), verify(key)])).toEqual([principal, principal]);
});

it('knows of a key that was made a moment ago that it stands', async () => {
  let nowMs = 0;
  const verify = createKeyVerifier({ static: [], database, now: () => nowMs });
  expect(await verify('vgl_unknown')).toBeUndefined();
  await store('ticket-holder');
  nowMs += 1_000;
  expect(await verify.isCurrent({ name: 'ticket-holder', scopes: ['stream'] })).toBe(true);
});

it('takes a key for one that stands only with all that its holder was let in for', async () => {
  const verify = createKeyVerifier({
    static: [
      { name: 'ops', sha256: hashApiKey('k'.repeat(20)), scopes: ['admin'] },
      { name: 'viewer', sha256: hashApiKey('v'.repeat(20)), scopes: ['read'] },
    ],
  });
  expect(await verify.isCurrent({ name: 'ops', scopes: ['read', 'stream'] })).toBe(true);
  expect(await verify.isCurrent({ name: 'viewer', scopes: ['read'] })).toBe(true);
  expect(await verify.isCurrent({ name: 'viewer', scopes: ['read', 'stream'] })).toBe(false);
});

it('finds a key that was made a moment ago and refuses it once it is revoked', async () => {
  let nowMs = 0;
  const verify = createKeyVerifier({ static: [], database, now: () => nowMs });
  expect(await verify('vgl_unknown')).toBeUndefined();
  nowMs += 1_000;
  const key = await store('viewer');
  const principal = await verify(key);
  expect(principal).toEqual({ name: 'viewer', scopes: ['read', 'stream'] });
  expect(await verify.isCurrent(principal!)).toBe(true);
  await database.query(`update api_keys set revoked_at = now() where name = 'viewer'`);
  nowMs += 4_000;
  expect(await verify(key)).toBeUndefined();
  expect(await verify.isCurrent(principal!)).toBe(false);
});

it('does not ask PostgreSQL for every guess, and keeps known keys through an outage for a while', async () => {
  let nowMs = 0;
  let queries = 0;
  let down = false;
  const counting = {
    query: async <Row>(sql: string): Promise<Row[]> => {
      queries += 1;
      if (down) throw new Error('connection refused');
      return database.query<Row>(sql);
    },
  };
  const key = await store('shipper');
  const verify = createKeyVerifier({ static: [], database: counting, now: () => nowMs });
  const principal = (await verify(key))!;
  expect(principal).toBeDefined();
  for (let guess = 0; guess < 50; guess += 1) expect(await verify(`guess-${guess}`)).toBeUndefined();
  expect(queries).toBe(1);
  for (; nowMs < 10_000; nowMs += 100) {
    const guesses = Array.from({ length: 10 }, (_, guess) => verify(`guess-${nowMs}-${guess}`));
    const gone = verify.isCurrent({ name: 'gone', scopes: ['stream'] });
    await Promise.all([verify(key), ...guesses, gone]);
  }
  expect(queries).toBeLessThanOrEqual(10_000 / 500);
  queries = 0;
  for (; nowMs < 19_000; nowMs += 100) {
    expect(await verify(key)).toBeDefined();
    expect(await verify.isCurrent(principal)).toBe(true);
  }
  expect(queries).toBeLessThanOrEqual(9_000 / 3_000);
  down = true;
  nowMs = 60_000;
  queries = 0;
  for (let times = 0; times < 10; times += 1) expect(await verify(key)).toBeDefined();
  expect(queries).toBe(1);
  nowMs = 20 * 60_000;
  await expect(verify(key)).rejects.toMatchObject(UNKNOWN);
});

it('says that keys are out of reach, not that one is wrong, where no list was ever read', async () => {
  const away = await openDatabase(`postgres://vigil:vigil@127.0.0.1:${await freePort()}/vigil`);
  const verify = createKeyVerifier({
    static: [{ name: 'ops', sha256: hashApiKey('k'.repeat(20)), scopes: ['admin'] }],
    database: away,
  });
  const key = await store('before-the-start');
  const refused = authenticate(verify, key, 'read');
  await expect(refused).rejects.toMatchObject({
    problem: { status: 503, retry_after_seconds: 2 },
    headers: { 'retry-after': '2' },
  });
  // The second one does not ask PostgreSQL again.
  await expect(verify(key)).rejects.toMatchObject(UNKNOWN);
  expect(await verify('k'.repeat(20))).toEqual({ name: 'ops', scopes: ['admin'] });
  expect(await verify.isCurrent({ name: 'before-the-start', scopes: ['stream'] })).toBe(true);
  await away.close();
});

it('refuses no key that was made just before an outage, and no known one however long that lasts', async () => {
  let nowMs = 0;
  const verify = createKeyVerifier({ static: [], database, now: () => nowMs });
  const known = await store('known-before');
  const principal = await verify(known);
  const fresh = await store('just-before');
  nowMs += 1_000;
  await whileUnreadable(async () => {
    await expect(verify(fresh)).rejects.toMatchObject(UNKNOWN);
    expect(await verify.isCurrent({ name: 'just-before', scopes: ['stream'] })).toBe(true);
    nowMs += 11 * 60_000;
    await expect(verify(known)).rejects.toMatchObject(UNKNOWN);
    expect(await verify.isCurrent(principal!)).toBe(true);
  });
  nowMs += 1_000;
  expect(await verify(fresh)).toMatchObject({ name: 'just-before' });
  expect(await verify(known)).toEqual(principal);
  expect(await verify('vgl_unknown')).toBeUndefined();
});

it('keeps revoked keys out: at once where a list had said so before an outage, else as soon as one is read again', async () => {
  let nowMs = 0;
  const verify = createKeyVerifier({ static: [], database, now: () => nowMs });
  const [early, late] = [await store('revoked-before'), await store('revoked-within')];
  const [earlyPrincipal, latePrincipal] = [await verify(early), await verify(late)];
  await revokeStoredKey(database, 'revoked-before');
  nowMs += 4_000;
  expect(await verify(early)).toBeUndefined();
  await whileUnreadable(async () => {
    nowMs += 4_000;
    await expect(verify(early)).rejects.toMatchObject(UNKNOWN);
    expect(await verify.isCurrent(earlyPrincipal!)).toBe(false);
    expect(await verify.isCurrent(latePrincipal!)).toBe(true);
  });
  await revokeStoredKey(database, 'revoked-within');
  nowMs += 4_000;
  expect(await verify.isCurrent(latePrincipal!)).toBe(false);
  expect(await verify(late)).toBeUndefined();
});

it('refuses a revoked key although the wall clock was set back', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  try {
    const verify = createKeyVerifier({ static: [], database });
    const key = await store('before-the-step');
    const principal = await verify(key);
    await database.query(`update api_keys set revoked_at = now() where name = 'before-the-step'`);
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(4_000);
    expect(await verify(key)).toBeUndefined();
    expect(await verify.isCurrent(principal!)).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

it('knows static keys, and the stored ones of its last list, while PostgreSQL gives no answer', async () => {
  let nowMs = 0;
  const verify = createKeyVerifier({
    static: [{ name: 'ops', sha256: hashApiKey('k'.repeat(20)), scopes: ['ingest'] }],
    database,
    now: () => nowMs,
  });
  const key = await store('through-a-freeze');
  const principal = await verify(key);
  nowMs += 60_000;
  await database.transactional(async (em) => {
    await database.query('lock table api_keys in access exclusive mode', [], em);
    const storedKey = verify(key);
    expect(await verify('k'.repeat(20))).toEqual({ name: 'ops', scopes: ['ingest'] });
    expect(await verify.isCurrent({ name: 'ops', scopes: ['ingest'] })).toBe(true);
    expect(await storedKey).toEqual(principal);
    expect(await verify.isCurrent(principal!)).toBe(true);
  });
  await database.query(`update api_keys set revoked_at = now() where name = 'through-a-freeze'`);
  nowMs += 4_000;
  expect(await verify(key)).toBeUndefined();
});

it('has all wait together for a PostgreSQL that gives no answer, and nobody again a moment later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const query = vi.fn(() => new Promise<never>(() => undefined));
    const verify = createKeyVerifier({ static: [], database: { query } });
    const isOutOfReach = (key: string): Promise<void> => expect(verify(key)).rejects.toMatchObject(UNKNOWN);
    const early = isOutOfReach('vgl_early');
    await vi.advanceTimersByTimeAsync(1_500);
    const joining = isOutOfReach('vgl_joining');
    await vi.advanceTimersByTimeAsync(600);
    const late = isOutOfReach('vgl_late');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(query).toHaveBeenCalledOnce();
    await Promise.all([early, joining, late]);
  } finally {
    vi.useRealTimers();
  }
});
