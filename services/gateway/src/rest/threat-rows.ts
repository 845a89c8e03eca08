import type { AlertSeverity, RuleMatch, WindowFeatures } from '@vigil/shared/contracts';
import type { Threat, ThreatDetail } from './threat-schemas.ts';

/** Columns of `events e` in a list; whoever asks for them joins the review's verdict to them. */
export const THREAT_COLUMNS = `e.id, e.timestamp, e.source, e.source_ip, e.method, e.path, e.status, e.user_agent, e.score,
  e.severity, e.component_scores, e.classes, e.matched_rules`;

/** A row with these columns and the verdict. */
export interface ThreatRow {
  id: string;
  timestamp: string;
  source: string;
  source_ip: string;
  method: string;
  path: string;
  status: number;
  user_agent: string;
  score: number;
  severity: AlertSeverity;
  component_scores: Record<string, number>;
  classes: string[];
  matched_rules: string[];
  verdict: 'true_positive' | 'false_positive' | null;
}

/** Columns of `events e` for the page of one event. */
export const DETAIL_COLUMNS = `${THREAT_COLUMNS}, e.stored_at, e.position, e.query, e.bytes, e.referer, e.host, e.line, e.matches,
  e."window", e.rules_version`;

/** A row with these columns and the review. */
export interface ThreatDetailRow extends ThreatRow {
  stored_at: string;
  position: string;
  query: string;
  bytes: string;
  referer: string;
  host: string;
  line: string;
  matches: RuleMatch[];
  window: WindowFeatures | null;
  rules_version: string;
  note: string | null;
  reviewer: string | null;
  reviewed_at: string | null;
}

/** A stored event as `GET /threats` gives it. */
export function toThreat(row: ThreatRow): Threat {
  return {
    id: row.id,
    timestamp: isoTime(row.timestamp),
    source: row.source,
    source_ip: row.source_ip,
    request_method: row.method,
    request_path: row.path,
    status: row.status,
    user_agent: row.user_agent,
    threat_score: row.score,
    severity: row.severity,
    component_scores: row.component_scores,
    classes: row.classes,
    matched_rules: row.matched_rules,
    verdict: row.verdict,
  };
}

/** A stored event as `GET /threats/:id` gives it. */
export function toThreatDetail(row: ThreatDetailRow): ThreatDetail {
  return {
    ...toThreat(row),
    stored_at: isoTime(row.stored_at),
    position: Number(row.position),
    query: row.query,
    bytes: Number(row.bytes),
    referer: row.referer,
    host: row.host,
    line: row.line,
    matches: row.matches.map(({ lineSpan, laterField, ...match }) => ({
      ...match,
      field: laterField ?? match.field,
      ...(lineSpan === undefined ? {} : { line_span: lineSpan }),
    })),
    window: row.window === null ? null : snakeCased(row.window),
    rules_version: row.rules_version,
    review:
      row.verdict === null
        ? null
        : { verdict: row.verdict, note: row.note!, reviewer: row.reviewer!, reviewed_at: isoTime(row.reviewed_at!) },
  };
}

/** PostgreSQL's `2026-03-02 00:00:00+00` as ISO 8601 in UTC. */
export function isoTime(text: string): string {
  return new Date(text).toISOString();
}

/** `requests1m` → `requests_1m`, `meanBytes5m` → `mean_bytes_5m`. */
function snakeCased(features: WindowFeatures): Record<string, number> {
  return Object.fromEntries(
    Object.entries(features).map(([name, value]) => [
      name.replaceAll(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`),
      value,
    ]),
  );
}
