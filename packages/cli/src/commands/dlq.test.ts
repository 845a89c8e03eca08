import type { Database } from '@vigil/shared/storage/database';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { commandDatabase, outputOf } from '../testing/run-command.ts';
import { dlqCommand } from './dlq.ts';

const HOSTILE = 'GET /\u001b[2J\u009b1m\u202egpj\u200b HTTP/1.1';

let database: Database;

beforeAll(async () => {
  database = await commandDatabase();
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack) values ('letter-1', 'line', $1, $1, $1, $1)`,
    [HOSTILE],
  );
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => database.close());

const run = (...args: string[]): Promise<string> => outputOf(dlqCommand(), args);

it.each([
  ['list', ['list']],
  ['list --json', ['list', '--json']],
  ['show', ['show', 'letter-1']],
])('shows what attackers wrote as text: %s', async (_what, args) => {
  const text = await run(...args);
  expect(text).toContain('gpj');
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});

it('gives JSON that says the same when parsed', async () => {
  expect(JSON.parse(await run('list', '--json'))).toMatchObject({ id: 'letter-1', payload: HOSTILE, stack: HOSTILE });
});
