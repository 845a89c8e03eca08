import { isIP } from 'node:net';
import type { ScoredRequest } from '@vigil/shared/contracts';
import { prepared } from '@vigil/shared/storage/prepared-statements';

/** An event with the trace of the batch that brought it. */
export type TracedEvent = ScoredRequest & { traceparent?: string | undefined };

/** Inserts events, each given once, and for those that are new their outbox rows, in the order given; returns the new ids. */
export const INSERT_EVENTS = prepared(`
  with given as (
    select * from unnest(
      $1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[], $6::inet[], $7::text[], $8::text[], $9::text[],
      $10::integer[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::float8[], $16::text[], $17::jsonb[],
      $18::text[], $19::text[], $20::jsonb[], $21::jsonb[], $22::text[], $23::text[], $24::text[]
    ) with ordinality as t (
      id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer, user_agent, host,
      score, severity, component_scores, classes, matched_rules, matches, win, line, rules_version, traceparent, ord
    )
  ), inserted as (
    insert into events (
      id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer, user_agent, host,
      score, severity, component_scores, classes, matched_rules, matches, "window", line, rules_version
    )
    select id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer, user_agent, host,
      score, severity, component_scores, classes::text[], matched_rules::text[], matches, win, line, rules_version
    from given
    on conflict (id, timestamp) do nothing
    returning id, timestamp
  )
  insert into outbox (event_id, event_timestamp, traceparent)
  select i.id, i.timestamp, g.traceparent from inserted i join given g using (id) order by g.ord
  returning event_id as id`);

/** The arrays that `INSERT_EVENTS` takes, one per column. */
export function eventColumns(events: readonly TracedEvent[]): unknown[] {
  return [
    events.map((event) => event.id),
    events.map((event) => new Date(event.timestampMs).toISOString()),
    events.map((event) => event.source),
    events.map((event) => event.position),
    events.map((event) => event.sourceIp),
    events.map((event) => inetOf(event.sourceIp)),
    events.map((event) => event.method),
    events.map((event) => event.path),
    events.map((event) => event.query),
    events.map((event) => event.status),
    events.map((event) => event.bytes),
    events.map((event) => event.referer),
    events.map((event) => event.userAgent),
    events.map((event) => event.host),
    events.map((event) => event.score),
    events.map((event) => event.severity),
    events.map((event) => JSON.stringify(event.componentScores)),
    events.map((event) => textArray(event.classes)),
    events.map((event) => textArray(event.matchedRules)),
    events.map((event) => JSON.stringify(event.matches)),
    events.map((event) => (event.window === undefined ? null : JSON.stringify(event.window))),
    events.map((event) => event.line),
    events.map((event) => event.rulesVersion),
    events.map((event) => event.traceparent ?? null),
  ];
}

/** PostgreSQL's `inet` has no place for a zone (`fe80::1%eth0`). */
function inetOf(address: string): string | null {
  const [bare = ''] = address.split('%', 1);
  return isIP(bare) === 0 ? null : bare;
}

/** PostgreSQL array literal: `unnest` would take an array of arrays apart to the last level. */
function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
}
