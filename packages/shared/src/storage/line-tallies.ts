import type { Database, EntityManager } from './database.ts';

/** Adds lines of a source to the books of the present minute and hour, by outcome; a negative count takes lines out again. */
export async function addLineTallies(
  database: Database,
  em: EntityManager,
  source: string,
  lines: Readonly<Record<string, number | undefined>>,
): Promise<void> {
  const counted = Object.entries(lines).filter(([, count]) => (count ?? 0) !== 0);
  if (counted.length === 0) return;
  for (const [table, bucket] of [
    ['line_tallies', 'minute'],
    ['line_hour_tallies', 'hour'],
  ]) {
    await database.query(
      `insert into ${table} as t (bucket, source, outcome, lines)
       select date_trunc('${bucket}', now()), $1, outcome, n from unnest($2::text[], $3::bigint[]) as r (outcome, n) order by outcome
       on conflict (bucket, source, outcome) do update set lines = t.lines + excluded.lines`,
      [source, counted.map(([outcome]) => outcome), counted.map(([, count]) => count)],
      em,
    );
  }
}
