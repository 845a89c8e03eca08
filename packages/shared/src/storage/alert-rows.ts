import type { Alert } from '../contracts/alert.ts';
import type { ScoredRequest } from '../contracts/scored-request.ts';
import type { AlertSeverity } from '../contracts/severity.ts';

/**
 * Columns of `events e` (with `a.seq` of `alerts a`) that make an Alert; see `toAlert`. Arrays come as JSON, which is read at once; the
 * driver reads PostgreSQL's own form of them a character at a time.
 */
export const ALERT_COLUMNS = `a.seq, e.id, e.timestamp, e.source_ip, e.method, e.path, e.score, e.severity, e.component_scores,
  to_json(e.matched_rules) as matched_rules, to_json(e.classes) as classes, e.source, a.traceparent`;

/**
 * Statement of the alerts behind the `seq` in `$1`, in their order; columns of an event that is no longer kept are null. The seqs are read
 * first, without their events: which seqs exist then never depends on which events retention has dropped. `offset 0` keeps the planner
 * at one index look-up per alert: by what it believes of the sizes, it would rather read all events of all days once for each group.
 * @param limit most alerts, a number or a parameter
 */
export function alertsBehindSql(limit: number | string): string {
  return `
    select ${ALERT_COLUMNS}
    from (select seq, event_id, event_timestamp, traceparent from alerts where seq > $1 order by seq limit ${limit}) a
    left join lateral (
      select * from events where events.id = a.event_id and events.timestamp = a.event_timestamp offset 0
    ) e on true
    order by a.seq`;
}

export interface AlertRow {
  /** bigint: the driver gives text. */
  seq: string | number;
  id: string;
  /** The ORM keeps PostgreSQL's text, `2026-03-02 00:00:00+00`; epoch ms where the event was not read. */
  timestamp: string | number;
  source_ip: string;
  method: string;
  path: string;
  score: number;
  severity: AlertSeverity;
  component_scores: Record<string, number>;
  matched_rules: string[];
  classes: string[];
  source: string;
  traceparent: string | null;
}

/** The public alert of a stored event. */
export function toAlert(row: AlertRow): Alert {
  return {
    event: 'threat',
    timestamp: new Date(row.timestamp).toISOString(),
    source_ip: row.source_ip,
    request_method: row.method,
    request_path: row.path,
    threat_score: row.score,
    severity: row.severity,
    component_scores: row.component_scores,
    id: row.id,
    seq: Number(row.seq),
    matched_rules: row.matched_rules,
    classes: row.classes,
    source: row.source,
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
  };
}

/** What reading a stored event gives, of an event that is at hand: text is what PostgreSQL made of it. */
export function alertColumnsOf(event: ScoredRequest): Omit<AlertRow, 'seq' | 'traceparent'> {
  return {
    id: event.id,
    timestamp: event.timestampMs,
    source_ip: event.sourceIp.toWellFormed(),
    method: event.method.toWellFormed(),
    path: event.path.toWellFormed(),
    score: event.score,
    severity: event.severity,
    component_scores: event.componentScores,
    matched_rules: event.matchedRules.map((rule) => rule.toWellFormed()),
    classes: event.classes.map((name) => name.toWellFormed()),
    source: event.source.toWellFormed(),
  };
}
