import type { Database } from '@vigil/shared/storage/database';
import { partitionName } from '@vigil/shared/storage/partitions';
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
  database.query(
    `insert into line_hour_tallies (bucket, source, outcome, lines) values ($1, 'site', 'scored:LOW', 1)`,
    [bucket],
  );

it('drops what is older than asked for and says how much', async () => {
  await tally(new Date(Date.now() - 500 * DAY_MS));
  await tally(new Date(Date.now() - 100 * DAY_MS));
  await tally(new Date());
  const dropped = async (...args: string[]) =>
    (JSON.parse(await outputOf(retentionCommand(), args)) as { deletedRows: { line_hour_tallies: number } })
      .deletedRows;
  expect(await dropped()).toMatchObject({ line_hour_tallies: 1 });
  expect(await dropped('--tally-days', '30')).toMatchObject({ line_hour_tallies: 1 });
  expect(await dropped('--tally-days', '30')).toMatchObject({ line_hour_tallies: 0 });
});

it('keeps lines by the minute only for as long as they are asked for', async () => {
  const ages = async (table: string): Promise<number[]> =>
    (
      await database.query<{ days: number }>(
        `select round(extract(epoch from now() - bucket) / 86400)::int as days from ${table} where source = 'minutes' order by 1`,
      )
    ).map(({ days }) => days);
  for (const table of ['line_tallies', 'line_hour_tallies', 'threat_tallies']) {
    const keys = table === 'threat_tallies' ? `'HIGH', 'XSS'` : `'minutes', 'scored:LOW'`;
    await database.query(
      `insert into ${table} select now() - d * interval '1 day', ${keys}, 1 from unnest(array[1, 2, 10]) d`,
    );
  }
  await outputOf(retentionCommand(), []);
  expect(await ages('line_tallies')).toEqual([1, 2]);
  expect(await ages('line_hour_tallies')).toEqual([1, 2, 10]);
  expect(await database.query('select 1 from threat_tallies')).toHaveLength(3);
});

it('keeps what the services are told to keep where nothing else is asked for', async () => {
  const day = (daysAgo: number): string => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
  await database.query(
    `create table ${partitionName(day(200))} partition of events
     for values from ('${day(200)}T00:00:00Z') to ('${day(199)}T00:00:00Z')`,
  );
  const dropped = async (...args: string[]) =>
    (JSON.parse(await outputOf(retentionCommand(), args)) as { droppedDays: string[] }).droppedDays;
  vi.stubEnv('RETENTION_DAYS', '365');
  expect(await dropped()).toEqual([]);
  vi.stubEnv('RETENTION_DAYS', '0');
  await expect(dropped()).rejects.toThrow('say with --days');
  expect(await dropped('--days', '365')).toEqual([]);
  vi.stubEnv('RETENTION_DAYS', '100');
  expect(await dropped()).toHaveLength(1);
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
