import type { Database } from '@vigil/shared/storage/database';

type Reader = Pick<Database, 'query'>;

export interface Count {
  name: string;
  count: number;
}

async function counts(database: Reader, sql: string, params: unknown[]): Promise<Count[]> {
  const rows = await database.query<{ name: string; count: string }>(sql, params);
  return rows.map((row) => ({ name: row.name, count: Number(row.count) }));
}

/** Beyond this, whole hours are added up instead of minutes. */
const MINUTES_RANGE_MS_MAX = 25 * 3_600_000;

/** Minutes for a day, hours beyond: the table and the start of its first bucket, which counts whole. */
function bucketsOf(kind: 'line' | 'threat', since: Date, until: Date): { table: string; unit: 'minute' | 'hour' } {
  const minutes = until.getTime() - since.getTime() <= MINUTES_RANGE_MS_MAX;
  return minutes ? { table: `${kind}_tallies`, unit: 'minute' } : { table: `${kind}_hour_tallies`, unit: 'hour' };
}

/** Stored events by severity and class. */
export function threatCounts(
  database: Reader,
  since: Date,
  until: Date,
): Promise<{ severity: string; class: string; events: string }[]> {
  const { table, unit } = bucketsOf('threat', since, until);
  return database.query(
    `select severity, class, sum(events) as events from ${table}
     where bucket >= date_trunc('${unit}', $1::timestamptz) and bucket <= $2 group by 1, 2`,
    [since, until],
  );
}

/** Lines by outcome (`scored:LOW`, `rejected:too_long`, `dead_lettered`), by the time of scoring. */
export function lineCounts(database: Reader, since: Date, until: Date): Promise<Count[]> {
  const { table, unit } = bucketsOf('line', since, until);
  return counts(
    database,
    `select outcome as name, sum(lines) as count from ${table}
     where bucket >= date_trunc('${unit}', $1::timestamptz) and bucket <= $2 group by 1`,
    [since, until],
  );
}

/** Stored events per bucket of so many seconds, severity and class; buckets are aligned to the epoch. */
export function timelineCounts(
  database: Reader,
  since: Date,
  until: Date,
  bucketSeconds: number,
  classes: readonly string[] | undefined,
): Promise<{ start: string; severity: 'MEDIUM' | 'HIGH'; class: string; events: string }[]> {
  return database.query(
    `select date_bin(make_interval(secs => $3), bucket, 'epoch') as start, severity, class, sum(events) as events
     from ${bucketSeconds >= 3_600 ? 'threat_hour_tallies' : 'threat_tallies'}
     where bucket >= date_bin(make_interval(secs => $3), $1::timestamptz, 'epoch') and bucket < $2 and ($4::text[] is null or class = any ($4))
     group by 1, 2, 3`,
    [since, until, bucketSeconds, classes ?? null],
  );
}
