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

/** Stored events since, by severity and class. */
export function threatCounts(
  database: Reader,
  since: Date,
  until: Date,
): Promise<{ severity: string; class: string; events: string }[]> {
  return database.query(
    `select severity, class, sum(events) as events from threat_tallies
     where bucket >= date_trunc('minute', $1::timestamptz) and bucket <= $2 group by 1, 2`,
    [since, until],
  );
}

/** Addresses with the most events; the first hour counts whole. */
export function topSources(database: Reader, since: Date, until: Date, limit: number): Promise<Count[]> {
  return counts(
    database,
    `select source_ip as name, sum(events) as count from source_tallies
     where bucket >= date_trunc('hour', $1::timestamptz) and bucket <= $2
     group by 1 order by 2 desc, 1 limit $3`,
    [since, until, limit],
  );
}

export function topPaths(database: Reader, since: Date, until: Date, limit: number): Promise<Count[]> {
  return counts(
    database,
    `select path as name, sum(events) as count from path_tallies
     where bucket >= date_trunc('hour', $1::timestamptz) and bucket <= $2
     group by 1 order by 2 desc, 1 limit $3`,
    [since, until, limit],
  );
}

/** Lines by outcome (`scored:LOW`, `rejected:too_long`, `dead_lettered`), by the time of scoring. */
export function lineCounts(database: Reader, since: Date, until: Date): Promise<Count[]> {
  return counts(
    database,
    `select outcome as name, sum(lines) as count from line_tallies
     where bucket >= date_trunc('minute', $1::timestamptz) and bucket <= $2 group by 1`,
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
     from threat_tallies
     where bucket >= date_bin(make_interval(secs => $3), $1::timestamptz, 'epoch') and bucket < $2 and ($4::text[] is null or class = any ($4))
     group by 1, 2, 3`,
    [since, until, bucketSeconds, classes ?? null],
  );
}
