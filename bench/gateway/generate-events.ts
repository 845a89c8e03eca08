import type { Database } from '@vigil/shared/storage/database';

const DAYS = 30;
const CLASSES = ['SQL_INJECTION', 'XSS', 'PATH_TRAVERSAL', 'COMMAND_INJECTION', 'SSRF', 'FILE_INCLUSION', 'LOG4SHELL'];

/**
 * Fills the last 30 days with events as attacks come: few addresses and paths make most of them, some classes are rare (one event in
 * 100,000 is LOG4SHELL), and one path in ten is its own. Tallies and alerts as the dispatcher would have written them.
 */
export async function generateEvents(database: Database, total: number, onDay: (day: number) => void): Promise<void> {
  const perDay = Math.ceil(total / DAYS);
  const days = Array.from({ length: DAYS }, (_, index) => index);
  const worker = async (): Promise<void> => {
    for (let day = days.shift(); day !== undefined; day = days.shift()) {
      await fillDay(database, day, perDay);
      onDay(day);
    }
  };
  const rebuild = await dropIndexes(database);
  await Promise.all([worker(), worker()]);
  await rebuild();
  await tally(database);
  await database.query(
    `insert into alerts (seq, event_id, event_timestamp)
     select row_number() over (order by timestamp), id, timestamp from events`,
  );
  await database.query(`update relay_state set last_seq = (select max(seq) from alerts)`);
  for (const table of [
    'events',
    'alerts',
    'line_hour_tallies',
    'line_tallies',
    'threat_hour_tallies',
    'threat_tallies',
    'source_tallies',
    'path_tallies',
  ]) {
    await database.query(`vacuum analyze ${table}`);
  }
}

/** Building an index at the end takes a fraction of keeping it up to date over millions of inserts. */
async function dropIndexes(database: Database): Promise<() => Promise<void>> {
  const indexes = await database.query<{ name: string; sql: string }>(
    `select indexname as name, replace(indexdef, ' ON ONLY ', ' ON ') as sql from pg_indexes
     where tablename = 'events' and indexname <> 'events_pkey'`,
  );
  await database.query(`alter table events drop constraint events_pkey`);
  for (const { name } of indexes) await database.query(`drop index ${name}`);
  return async () => {
    await database.query(`alter table events add constraint events_pkey primary key (id, timestamp)`);
    for (const { sql } of indexes) await database.query(sql);
  };
}

async function fillDay(database: Database, day: number, count: number): Promise<void> {
  const [bounds] = await database.query<{ from: string; to: string; name: string }>(
    `select d::text as from, (d + interval '1 day')::text as to, to_char(d at time zone 'UTC', 'YYYYMMDD') as name
     from (select date_trunc('day', now(), 'UTC') - $1 * interval '1 day' as d) t`,
    [day],
  );
  const { from, to, name } = bounds!;
  await database.query(`create table events_${name} partition of events for values from ('${from}') to ('${to}')`);
  await database.query(
    `insert into events (id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer,
       user_agent, host, score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
     select gen_random_uuid(), $1::timestamptz + random() * least(interval '1 day', now() - $1::timestamptz), 'access.log', n, ip, ip::inet, 'GET', path,
       'q=1%27%20union%20select%201', 200, 512, '', 'Mozilla/5.0 (X11; Linux x86_64)', 'example.org', score,
       case when score >= 0.7 then 'HIGH' else 'MEDIUM' end, jsonb_build_object(class, score), array[class], array[lower(class)],
       jsonb_build_array(jsonb_build_object('rule', lower(class), 'class', class, 'score', score, 'field', 'query', 'span', '[0,12]'::jsonb)),
       ip || ' - - [23/Nov/2026:10:00:00 +0000] "GET ' || path || '?q=1%27%20union%20select%201 HTTP/1.1" 200 512', 'bench'
     from (
       select n, '10.' || (a / 65536) % 256 || '.' || (a / 256) % 256 || '.' || a % 256 as ip,
         case when random() < 0.1 then '/u/' || n || '-' || $3 else '/p/' || floor(5000 * power(random(), 3))::int end as path,
         0.5 + random() / 2 as score,
         case when random() < 0.00001 then 'LOG4SHELL' else ($4::text[])[1 + floor(6 * power(random(), 2))::int] end as class
       from (select n, floor(50000 * power(random(), 3))::int as a from generate_series(1, $2::int) as n) s
     ) t`,
    [from, count, name, CLASSES],
  );
}

async function tally(database: Database): Promise<void> {
  await database.query(
    `insert into threat_tallies (bucket, severity, class, events)
     select date_trunc('minute', timestamp), severity, classes[1], count(*) from events group by 1, 2, 3`,
  );
  await database.query(
    `insert into threat_hour_tallies (bucket, severity, class, events)
     select date_trunc('hour', bucket), severity, class, sum(events) from threat_tallies group by 1, 2, 3`,
  );
  await database.query(
    `insert into source_tallies (bucket, source_ip, events)
     select date_trunc('hour', timestamp), source_ip, count(*) from events group by 1, 2`,
  );
  await database.query(
    `insert into path_tallies (bucket, path, events)
     select date_trunc('hour', timestamp), path, count(*) from events group by 1, 2`,
  );
  await database.query(
    `insert into line_tallies (bucket, source, outcome, lines)
     select bucket, 'access.log', outcome, 1000 from
       generate_series(date_trunc('minute', now() - interval '30 days'), now(), interval '1 minute') as bucket,
       unnest(array['scored:LOW', 'scored:MEDIUM', 'scored:HIGH', 'rejected:unparsable']) as outcome`,
  );
  await database.query(
    `insert into line_hour_tallies (bucket, source, outcome, lines)
     select date_trunc('hour', bucket), source, outcome, sum(lines) from line_tallies group by 1, 2, 3`,
  );
}
