import type { Alert } from '../contracts/alert.ts';
import type { ScoredRequest } from '../contracts/scored-request.ts';
import type { AlertSeverity } from '../contracts/severity.ts';

/**
 * Columns of `events e` (with `a.seq` of `alerts a`) that make an Alert; see `toAlert`. Arrays come as JSON, which is read at once; the
 * driver reads PostgreSQL's own form of them a character at a time.
 */
export const ALERT_COLUMNS = `a.seq, e.id, e.timestamp, e.source_ip, e.method, e.path, e.score, e.severity, e.component_scores,
  to_json(e.matched_rules) as matched_rules, to_json(e.classes) as classes, e.source, a.traceparent`;

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
