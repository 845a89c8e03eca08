import type { Database } from '@vigil/shared/storage/database';
import { expect } from 'vitest';
import type { AlertListener } from './alert-listener.ts';
import type { Load } from './steady-load.ts';
import { until } from './until.ts';

/** What a finished journey must look like, whatever happened on the way. */
export async function expectExactlyOnce(database: Database, load: Load, listener: AlertListener): Promise<void> {
  await until('every line is accounted for', async () => (await accountedLines(database)) >= load.lines);
  await until(
    'every alert was heard',
    () => listener.alerts.length >= load.expected.size,
    60_000,
    () => listener.alerts.length,
  );

  const events = await database.query<{ id: string }>('select id from events');
  expect(new Set(events.map((event) => event.id))).toEqual(load.expected);
  expect(events).toHaveLength(load.expected.size);

  expect(new Set(listener.alerts.map((alert) => alert.id))).toEqual(load.expected);
  expect(listener.alerts.map((alert) => alert.seq)).toEqual(listener.alerts.map((_alert, index) => index + 1));
  expect(listener.gaps).toEqual([]);
  expect(await accountedLines(database)).toBe(load.lines);
}

async function accountedLines(database: Database): Promise<number> {
  const rows = await database.query<{ n: string }>(
    `select coalesce(sum(lines), 0) as n from line_tallies
     where outcome like 'scored:%' or outcome like 'rejected:%' or outcome = 'dead_lettered'`,
  );
  return Number(rows[0]?.n);
}
