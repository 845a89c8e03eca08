import type { Database } from '@vigil/shared/storage/database';

type Reader = Pick<Database, 'query'>;

export interface Count {
  name: string;
  count: number;
}

const HOUR_MS = 3_600_000;

async function counts(database: Reader, sql: string, params: unknown[]): Promise<Count[]> {
  const rows = await database.query<{ name: string; count: string }>(sql, params);
  return rows.map((row) => ({ name: row.name, count: Number(row.count) }));
}

/** Beyond this, the first hour counts whole. */
const MINUTES_RANGE_MS_MAX = 25 * HOUR_MS;

function isByTheMinute(since: Date, until: Date): boolean {
  return until.getTime() - since.getTime() <= MINUTES_RANGE_MS_MAX;
}

/** Stored events by severity and class. */
export function threatCounts(
  database: Reader,
  since: Date,
  until: Date,
): Promise<{ severity: string; class: string; events: string }[]> {
  const [table, unit] = isByTheMinute(since, until) ? ['threat_tallies', 'minute'] : ['threat_hour_tallies', 'hour'];
  return database.query(
    `select severity, class, sum(events) as events from ${table}
     where bucket >= date_trunc('${unit}', $1::timestamptz) and bucket <= $2 group by 1, 2`,
    [since, until],
  );
}

/**
 * Lines by outcome (`scored:LOW`, `rejected:too_long`, `dead_lettered`), by the time of scoring. Minutes only until the first
 * full hour: each source has 1,440 a day.
 */
export function lineCounts(database: Reader, since: Date, until: Date): Promise<Count[]> {
  const toFullHour = isByTheMinute(since, until) ? HOUR_MS - 1 : 0;
  const firstHour = new Date(Math.floor((since.getTime() + toFullHour) / HOUR_MS) * HOUR_MS);
  return counts(
    database,
    `select outcome as name, sum(lines) as count from (
       select outcome, lines from line_tallies where bucket >= date_trunc('minute', $1::timestamptz) and bucket < $3
       union all
       select outcome, lines from line_hour_tallies where bucket >= $3 and bucket <= $2
     ) t group by 1`,
    [since, until, firstHour],
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
