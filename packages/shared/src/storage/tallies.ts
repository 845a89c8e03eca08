import { float8Array, textArray, timestampArray } from './binary-arrays.ts';
import type { Database, EntityManager } from './database.ts';
import { prepared } from './prepared-statements.ts';

/** A count to be added to a tally. */
export interface TallyRow {
  /** Start of the bucket, epoch ms. */
  bucketMs: number;
  /** Values of the table's key columns. */
  keys: string[];
  count: number;
}

/** Tables of tallies: lines and events counted by bucket of time and some keys. Written in this order by everyone. */
const TABLES = {
  line_tallies: { count: 'lines', keys: ['source', 'outcome'] },
  line_hour_tallies: { count: 'lines', keys: ['source', 'outcome'] },
  threat_tallies: { count: 'events', keys: ['severity', 'class'] },
  threat_hour_tallies: { count: 'events', keys: ['severity', 'class'] },
  source_tallies: { count: 'events', keys: ['source_ip'] },
  path_tallies: { count: 'events', keys: ['path'] },
} as const;
type TallyTable = keyof typeof TABLES;
const TABLE_NAMES = Object.keys(TABLES) as TallyTable[];

/**
 * Addresses (paths) of an hour, those with the most events, that stay counted once the hour's events are dropped: whoever asks for every
 * page once, from everywhere, decides how many there are.
 */
export const LARGEST_KEPT = 2_000;

const BUCKET_MS = { minute: 60_000, hour: 3_600_000 };
export type Bucket = keyof typeof BUCKET_MS;

/** Start of the bucket that a time lies in, epoch ms. */
export function bucketOf(timeMs: number, bucket: Bucket): number {
  return Math.floor(timeMs / BUCKET_MS[bucket]) * BUCKET_MS[bucket];
}

/**
 * Adds to tallies, all tables in one statement: each by itself would be one more way to the server and back within the transaction
 * that stores events. Tables and rows are written in one order, so that two writers never wait for each other in a circle.
 * @param rows each bucket and keys once
 */
export async function addTallies(
  database: Database,
  em: EntityManager,
  rows: Readonly<Partial<Record<TallyTable, readonly TallyRow[]>>>,
): Promise<void> {
  const params: Buffer[] = [];
  const parameter = (type: string, value: Buffer): string => `$${params.push(value)}::${type}[]`;
  const upserts = TABLE_NAMES.flatMap((table) => {
    const added = rows[table] ?? [];
    if (added.length === 0) return [];
    const { count, keys } = TABLES[table];
    const columns = ['bucket', ...keys].join(', ');
    const arrays = [
      parameter('timestamptz', timestampArray(added.map(({ bucketMs }) => bucketMs))),
      ...keys.map((_key, index) => parameter('text', textArray(added.map((row) => row.keys[index]!)))),
      parameter('float8', float8Array(added.map((row) => row.count))),
    ];
    return `add_${table} as (
      insert into ${table} as t (${columns}, ${count})
      select ${columns}, n from unnest(${arrays.join(', ')}) as r (${columns}, n) order by ${columns}
      on conflict (${columns}) do update set ${count} = t.${count} + excluded.${count}
    )`;
  });
  if (upserts.length > 0) await database.query(prepared(`with ${upserts.join(', ')} select`), params, em);
}

/**
 * Adds lines of a source to the books of a minute and its hour, by outcome; a negative count takes lines out again.
 * @param atMs epoch ms; by default the present
 */
export async function addLineTallies(
  database: Database,
  em: EntityManager,
  source: string,
  lines: Readonly<Record<string, number | undefined>>,
  atMs = Date.now(),
): Promise<void> {
  const rowsOf = (bucket: Bucket): TallyRow[] =>
    Object.entries(lines).flatMap(([outcome, count = 0]) =>
      count === 0 ? [] : [{ bucketMs: bucketOf(atMs, bucket), keys: [source, outcome], count }],
    );
  await addTallies(database, em, { line_tallies: rowsOf('minute'), line_hour_tallies: rowsOf('hour') });
}
