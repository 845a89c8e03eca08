import { createKeyVerifier } from '@vigil/shared/auth/key-verifier';
import type { Database } from '@vigil/shared/storage/database';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { commandDatabase, outputOf } from '../testing/run-command.ts';
import { keysCommand } from './keys.ts';

let database: Database;

beforeAll(async () => {
  database = await commandDatabase();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await database.query('delete from api_keys');
});
afterAll(() => database.close());

const run = (...args: string[]): Promise<string> => outputOf(keysCommand(), args);

it('says where the key of `start` is while no other was made', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(await run('list')).toBe('');
  expect(told).toHaveBeenCalledWith(expect.stringMatching(/No key was made yet.*api-key.*VIGIL_API_KEYS/));
});

it('makes a key that works, shows it once, keeps only its hash, and revokes it', async () => {
  const key = await run('create', 'viewer', '--scopes', 'read, stream,read');
  expect(key).toMatch(/^vgl_[\w-]{43}$/);
  expect(await createKeyVerifier({ static: [], database })(key)).toEqual({
    name: 'viewer',
    scopes: ['read', 'stream'],
  });
  const [row] = await database.query<object>(`select * from api_keys`);
  expect(JSON.stringify(row)).not.toContain(key);

  expect(await run('list')).toMatch(/^viewer +read,stream .* valid$/);
  await run('revoke', 'viewer');
  expect(await run('list')).toContain('revoked');
  expect(await createKeyVerifier({ static: [], database })(key)).toBeUndefined();
});

it('refuses names that were used, and keys that are not there', async () => {
  await run('create', 'once', '--scopes', 'admin');
  await expect(run('create', 'once', '--scopes', 'read')).rejects.toThrow('exists or existed');
  await expect(run('revoke', 'nobody')).rejects.toThrow('no valid key');
});

it.each(['', '-x', 'a name', 'a\u202eb', 'x'.repeat(65)])(
  'makes no key with the name %j, as logs call its holder',
  async (name) => {
    const command = keysCommand();
    for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => undefined });
    await expect(outputOf(command, ['create', '--scopes', 'read', '--', name])).rejects.toThrow('letters, digits');
  },
);
