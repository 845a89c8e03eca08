import type { Database } from '@vigil/shared/storage/database';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { commandDatabase, outputOf } from '../testing/run-command.ts';
import { retentionCommand } from './retention.ts';

const DAY_MS = 86_400_000;

let database: Database;

beforeAll(async () => {
  database = await commandDatabase();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => database.close());

const tally = (bucket: Date): Promise<unknown> =>
  database.query(`insert into line_tallies (bucket, source, outcome, lines) values ($1, 'site', 'scored:LOW', 1)`, [
    bucket,
  ]);

it('drops what is older than asked for and says how much', async () => {
  await tally(new Date(Date.now() - 500 * DAY_MS));
  await tally(new Date(Date.now() - 100 * DAY_MS));
  await tally(new Date());
  const dropped = async (...args: string[]) =>
    (JSON.parse(await outputOf(retentionCommand(), args)) as { deletedRows: { line_tallies: number } }).deletedRows;
  expect(await dropped()).toMatchObject({ line_tallies: 1 });
  expect(await dropped('--tally-days', '30')).toMatchObject({ line_tallies: 1 });
  expect(await dropped('--tally-days', '30')).toMatchObject({ line_tallies: 0 });
});

it('leaves it to whoever is at it', async () => {
  await database.session(async (session) => {
    await session.query('select pg_advisory_lock(7412003)');
    expect(await outputOf(retentionCommand(), [])).toContain('at it already');
    await session.query('select pg_advisory_unlock(7412003)');
  });
});

it.each(['0', '-1', '1.5', 'all'])('refuses %s days', async (days) => {
  const command = retentionCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await expect(outputOf(command, ['--days', days])).rejects.toThrow('positive whole number');
});
