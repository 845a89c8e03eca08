import type { Database } from '@vigil/shared/storage/database';
import { LARGEST_KEPT } from '@vigil/shared/storage/tallies';
import type { Count } from './stats-query.ts';

/** Rows looked at in all hours together, to find who may be among the first. */
const HEADS_MAX = 18_000;
const HEAD_MIN = 25;
const HEAD_MAX = LARGEST_KEPT;
/** Of those, so many are added up exactly. */
const CANDIDATES = 40;

const HOUR_MS = 3_600_000;

/**
 * The addresses (paths) with the most events, with exact counts. An attack has millions of them, so they are not all added up: the
 * largest of every hour are the candidates. Whoever is among the first of the whole range is among the largest of some hour, but for
 * someone who is just below in very many; over 24 hours 720 an hour are looked at, over 30 days 25.
 * Of an hour whose events were dropped, only the 2,000 largest are counted.
 */
export async function topOf(
  database: Pick<Database, 'query'>,
  kind: 'source' | 'path',
  since: Date,
  until: Date,
  limit: number,
): Promise<Count[]> {
  const hours = Math.ceil((until.getTime() - since.getTime()) / HOUR_MS) + 1;
  const head = Math.min(HEAD_MAX, Math.max(HEAD_MIN, Math.floor(HEADS_MAX / hours)));
  const rows = await database.query<{ name: string; count: string }>(topSql(kind), [
    since,
    until,
    head,
    CANDIDATES,
    limit,
  ]);
  return rows.map((row) => ({ name: row.name, count: Number(row.count) }));
}

/** Parameters: since, until, rows of each hour, candidates, limit. The first hour counts whole. */
export function topSql(kind: 'source' | 'path'): string {
  const [table, name] = kind === 'source' ? ['source_tallies', 'source_ip'] : ['path_tallies', 'path'];
  return `
    with candidates as materialized (
      select head.name
      from generate_series(date_trunc('hour', $1::timestamptz), $2, interval '1 hour') as h (bucket)
      cross join lateral (
        select t.${name} as name, t.events from ${table} t where t.bucket = h.bucket order by t.events desc limit $3
      ) head
      group by 1 order by sum(head.events) desc limit $4
    )
    select c.name, sum(t.events) as count
    from candidates c
    cross join lateral (
      select events from ${table} t
      where t.${name} = c.name and t.bucket >= date_trunc('hour', $1::timestamptz) and t.bucket <= $2
      offset 0
    ) t
    group by 1 order by 2 desc, 1 limit $5`;
}
