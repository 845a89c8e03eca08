import { randomUUID } from 'node:crypto';
import type { Alert } from '@vigil/shared/contracts';
import { ALERT_COLUMNS, toAlert, type AlertRow } from '@vigil/shared/storage/alert-rows';
import type { Database } from '@vigil/shared/storage/database';

/** What a test cares about of an event; the rest is made up. */
export interface EventSeed {
  id?: string;
  timestamp?: string;
  source?: string;
  sourceIp?: string;
  sourceAddr?: string | null;
  path?: string;
  score?: number;
  severity?: 'MEDIUM' | 'HIGH';
  classes?: string[];
  matchedRules?: string[];
  line?: string;
  userAgent?: string;
}

/** Makes one partition of `events` for all times: what tests store is spread over no particular days. */
export async function createEventPartition(database: Database): Promise<void> {
  await database.query(
    `create table if not exists events_all partition of events for values from (minvalue) to (maxvalue)`,
  );
}

/**
 * Stores events and gives each the next `seq`, in one transaction, as the dispatcher and its relay do.
 * Returns their alerts.
 */
export async function storeEvents(database: Database, seeds: readonly EventSeed[]): Promise<Alert[]> {
  const events = seeds.map((seed, ord) => ({
    ord,
    id: seed.id ?? randomUUID(),
    timestamp: seed.timestamp ?? '2026-03-02T10:00:00.000Z',
    source: seed.source ?? 'access.log',
    source_ip: seed.sourceIp ?? '198.51.100.7',
    source_addr: seed.sourceAddr === undefined ? (seed.sourceIp ?? '198.51.100.7') : seed.sourceAddr,
    path: seed.path ?? '/search',
    score: seed.score ?? 0.85,
    severity: seed.severity ?? 'HIGH',
    classes: seed.classes ?? ['SQL_INJECTION'],
    matched_rules: seed.matchedRules ?? ['sqli-union-select'],
    line: seed.line ?? 'a line',
    user_agent: seed.userAgent ?? 'curl/8',
  }));
  return database.transactional(async (em) => {
    await database.query('select last_seq from relay_state for update', [], em);
    await database.query(
      `insert into events (id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer,
         user_agent, host, score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
       select id, timestamp, source, 0, source_ip, source_addr, 'GET', path, 'id=1', 200, 512, '', user_agent, 'example.org',
         score, severity, jsonb_build_object(classes[1], score), classes, matched_rules,
         jsonb_build_array(jsonb_build_object('rule', matched_rules[1], 'class', classes[1], 'score', score, 'field', 'query',
           'decoded', jsonb_build_array('percent'), 'excerpt', 'union select', 'span', jsonb_build_array(0, 12),
           'lineSpan', jsonb_build_array(2, 5))),
         line, 'test-1'
       from jsonb_to_recordset($1::jsonb) as t (id uuid, timestamp timestamptz, source text, source_ip text, source_addr inet,
         path text, score float8, severity text, classes text[], matched_rules text[], line text, user_agent text)`,
      [JSON.stringify(events)],
      em,
    );
    const rows = await database.query<AlertRow>(
      `with given as (
         select id, timestamp, row_number() over (order by ord) as n
         from jsonb_to_recordset($1::jsonb) as t (id uuid, timestamp timestamptz, ord bigint)
       ), a as (
         insert into alerts (seq, event_id, event_timestamp)
         select (select last_seq from relay_state) + n, id, timestamp from given returning *
       )
       select ${ALERT_COLUMNS} from a join events e on e.id = a.event_id order by a.seq`,
      [JSON.stringify(events)],
      em,
    );
    await database.query('update relay_state set last_seq = last_seq + $1', [events.length], em);
    return rows.map(toAlert);
  });
}
