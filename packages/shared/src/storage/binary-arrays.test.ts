import { testServices } from '@vigil/dev-services/test-services';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { float8Array, textArray, timestampArray } from './binary-arrays.ts';
import { sqlState } from './database-errors.ts';
import { openDatabase, type Database } from './database.ts';

let database: Database;

beforeAll(async () => {
  const { postgresUrl } = await testServices(['postgres']);
  database = await openDatabase(postgresUrl);
});
afterAll(() => database.close());

async function elementsOf(type: string, array: Buffer): Promise<unknown[]> {
  const rows = await database.query<{ element: unknown }>(`select unnest($1::${type}[]) as element`, [array]);
  return rows.map(({ element }) => element);
}

test('PostgreSQL reads texts as they are', async () => {
  const texts = ['', 'plain', null, 'NULL', '{"a","b"}', '\\ and \t and \n', 'ünï ☠ 🐍', 'x'.repeat(100_000)];
  expect(await elementsOf('text', textArray(texts))).toEqual(texts);
});

test('PostgreSQL gets half a character as U+FFFD, as in every other text', async () => {
  expect(await elementsOf('text', textArray(['a\ud800b']))).toEqual(['a\ufffdb']);
});

test('PostgreSQL refuses U+0000 as wrong data', async () => {
  expect(await elementsOf('text', textArray(['fine', 'a\0b'])).catch(sqlState)).toBe('22021');
});

test('PostgreSQL reads numbers as they are, and whole ones as large as they get here', async () => {
  const numbers = [0, -1, 0.1, 0.95, 1e300, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  expect(await elementsOf('float8', float8Array(numbers))).toEqual(numbers);
  const whole = await database.query<{ n: string }>(`select unnest($1::float8[])::bigint::text as n`, [
    float8Array([Number.MAX_SAFE_INTEGER, -1]),
  ]);
  expect(whole).toEqual([{ n: '9007199254740991' }, { n: '-1' }]);
});

test('PostgreSQL reads times to the millisecond, from before 1970 to the last that an event may have', async () => {
  const times = [
    '1969-12-31T00:00:00.001Z',
    '1999-12-31T23:59:59.999Z',
    '2026-03-02T10:45:00.123Z',
    '9999-12-31T00:00:00.999Z',
  ];
  const read = await database.query<{ time: string }>(
    `select to_char(unnest($1::timestamptz[]), 'YYYY-MM-DD"T"HH24:MI:SS.US') as time`,
    [timestampArray(times.map((time) => Date.parse(time)))],
  );
  expect(read.map(({ time }) => time)).toEqual(times.map((time) => time.replace('Z', '000')));
});

test('arrays may be empty', async () => {
  expect(await elementsOf('text', textArray([]))).toEqual([]);
  expect(await elementsOf('float8', float8Array([]))).toEqual([]);
});
