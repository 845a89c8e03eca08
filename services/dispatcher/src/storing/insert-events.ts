import { isIP } from 'node:net';
import type { ScoredRequest } from '@vigil/shared/contracts';
import { float8Array, jsonArray, textArray, timestampArray } from '@vigil/shared/storage/binary-arrays';
import { prepared } from '@vigil/shared/storage/prepared-statements';

/** An event with the trace of the batch that brought it. */
export type TracedEvent = ScoredRequest & { traceparent?: string | undefined };

/**
 * Inserts events, each given once, and for those that are new their outbox rows, in the order given; returns the new ids, or null where
 * all are new, as they nearly always are. The arrays are taken apart in a select list: as tables PostgreSQL would first copy each of them,
 * and then all of them once more.
 */
export const INSERT_EVENTS = prepared(`
  with inserted as (
    insert into events (
      id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer, user_agent, host,
      score, severity, component_scores, classes, matched_rules, matches, "window", line, rules_version
    )
    select id::uuid, timestamp, source, position, source_ip, source_addr::inet, method, path, query, status,
      bytes, referer, user_agent, host, score, severity, component_scores, classes::text[], matched_rules::text[],
      matches, win, line, rules_version
    from (
      select unnest($1::text[]) as id, unnest($2::timestamptz[]) as timestamp, unnest($3::text[]) as source,
        unnest($4::float8[]) as position, unnest($5::text[]) as source_ip, unnest($6::text[]) as source_addr,
        unnest($7::text[]) as method, unnest($8::text[]) as path, unnest($9::text[]) as query, unnest($10::float8[]) as status,
        unnest($11::float8[]) as bytes, unnest($12::text[]) as referer, unnest($13::text[]) as user_agent,
        unnest($14::text[]) as host, unnest($15::float8[]) as score, unnest($16::text[]) as severity,
        unnest($17::json[]) as component_scores, unnest($18::text[]) as classes, unnest($19::text[]) as matched_rules,
        unnest($20::json[]) as matches, unnest($21::json[]) as win, unnest($22::text[]) as line,
        unnest($23::text[]) as rules_version
    ) given
    on conflict (id, timestamp) do nothing
    returning id, timestamp
  ), to_be_told as (
    insert into outbox (event_id, event_timestamp, traceparent)
    select i.id, i.timestamp, g.traceparent
    from inserted i join unnest($1::text[], $24::text[]) with ordinality as g (id, traceparent, ord) on i.id = g.id::uuid
    order by g.ord
  )
  select case when (select count(*) from inserted) < cardinality($1::text[]) then
    (select coalesce(json_agg(id), '[]') from inserted)
  end as new_ids`);

/** The arrays that `INSERT_EVENTS` takes, one per column. */
export function eventColumns(events: readonly TracedEvent[]): Buffer[] {
  const texts = (textOf: (event: TracedEvent) => string | null): Buffer => textArray(events.map(textOf));
  const jsons = (valueOf: (event: TracedEvent) => unknown): Buffer =>
    jsonArray(events.map((event) => JSON.stringify(valueOf(event)) ?? null));
  const numbers = (numberOf: (event: TracedEvent) => number): Buffer => float8Array(events.map(numberOf));
  return [
    texts((event) => event.id),
    timestampArray(events.map((event) => event.timestampMs)),
    texts((event) => event.source),
    numbers((event) => event.position),
    texts((event) => event.sourceIp),
    texts((event) => inetOf(event.sourceIp)),
    texts((event) => event.method),
    texts((event) => event.path),
    texts((event) => event.query),
    numbers((event) => event.status),
    numbers((event) => event.bytes),
    texts((event) => event.referer),
    texts((event) => event.userAgent),
    texts((event) => event.host),
    numbers((event) => event.score),
    texts((event) => event.severity),
    jsons((event) => event.componentScores),
    texts((event) => arrayText(event.classes)),
    texts((event) => arrayText(event.matchedRules)),
    jsons((event) => event.matches),
    jsons((event) => event.window),
    texts((event) => event.line),
    texts((event) => event.rulesVersion),
    texts((event) => event.traceparent ?? null),
  ];
}

/** PostgreSQL's `inet` has no place for a zone (`fe80::1%eth0`). */
function inetOf(address: string): string | null {
  const [bare = ''] = address.split('%', 1);
  return isIP(bare) === 0 ? null : bare;
}

/** PostgreSQL array literal: `unnest` would take an array of arrays apart to the last level. */
function arrayText(values: readonly string[]): string {
  const json = JSON.stringify(values);
  // Without escapes, which are others, elements stand in both alike.
  if (!json.includes('\\')) return `{${json.slice(1, -1)}}`;
  return `{${values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
}
