import { Command, InvalidArgumentError } from 'commander';
import { scopeSchema, type Scope } from '@vigil/shared/auth/api-keys';
import { createStoredKey, KEY_NAME, listStoredKeys, revokeStoredKey } from '@vigil/shared/auth/key-store';
import { UserError } from '../exit.ts';
import { withTargetDatabase } from '../target-database.ts';

/** `vigil keys`: API keys in the database; running services follow within seconds. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('API keys: make, list, revoke');
  keys
    .command('create')
    .description('make a key and print it, this once')
    .argument('<name>', 'what logs and reviews call its holder', keyName)
    .requiredOption('--scopes <scopes>', `comma-separated: ${scopeSchema.options.join(', ')}`, scopeList)
    .action((name: string, options: { scopes: Scope[] }) =>
      withTargetDatabase(async (database) => {
        const key = await createStoredKey(database, name, options.scopes);
        if (key === undefined) throw new UserError(`A key "${name}" exists or existed; choose another name.`);
        // The key alone on stdout, so that a script can take it.
        console.error(`Key "${name}" (${options.scopes.join(', ')}). It is shown this once:`);
        console.log(key);
      }),
    );
  keys
    .command('list')
    .description('all keys, revoked ones included; never the keys themselves')
    .option('--json', 'one JSON object per line')
    .action((options: { json?: boolean }) =>
      withTargetDatabase(async (database) => {
        const stored = await listStoredKeys(database);
        if (stored.length === 0)
          console.error(
            'No key was made yet. That of `start` is in api-key in its data folder, others are in VIGIL_API_KEYS.',
          );
        for (const { name, scopes, createdAt, revokedAt } of stored) {
          const state = revokedAt === undefined ? 'valid' : `revoked ${revokedAt.toISOString()}`;
          const line = `${name.padEnd(24)} ${scopes.join(',').padEnd(24)} ${createdAt.toISOString()}  ${state}`;
          console.log(options.json === true ? JSON.stringify({ name, scopes, createdAt, revokedAt }) : line);
        }
      }),
    );
  keys
    .command('revoke')
    .description('refuse a key from now on, and end its streams')
    .argument('<name>')
    .action((name: string) =>
      withTargetDatabase(async (database) => {
        if (!(await revokeStoredKey(database, name))) throw new UserError(`There is no valid key "${name}".`);
        console.log(`Key "${name}" is revoked; running services refuse it within seconds.`);
      }),
    );
  return keys;
}

function keyName(text: string): string {
  if (!KEY_NAME.test(text))
    throw new InvalidArgumentError('must be 1 to 64 letters, digits, dots, dashes or underscores.');
  return text;
}

function scopeList(text: string): Scope[] {
  const parsed = scopeSchema
    .array()
    .nonempty()
    .safeParse(text.split(',').map((scope) => scope.trim()));
  if (!parsed.success) throw new InvalidArgumentError(`must be some of ${scopeSchema.options.join(', ')}.`);
  return [...new Set(parsed.data)];
}
