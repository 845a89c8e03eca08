import type { Command } from 'commander';
import { testServices } from '@vigil/dev-services/test-services';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { vi } from 'vitest';

/** An up-to-date database of the test's own, which commands find by `DATABASE_URL`. The caller closes it. */
export async function commandDatabase(): Promise<Database> {
  const { postgresUrl } = await testServices(['postgres']);
  vi.stubEnv('DATABASE_URL', postgresUrl);
  return openTestDatabase();
}

/** What a command prints on its standard output; what it tells on the other is kept from the test's. The caller restores the mocks. */
export async function outputOf(command: Command, args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await command.parseAsync(args, { from: 'user' });
  return lines.join('\n');
}
