import type { AlertSeverity, MatchField } from '@vigil/shared/contracts';

/** What the gateway's REST interface answers, as `/openapi.json` describes it: the parts that the console reads. */
export interface Threat {
  id: string;
  timestamp: string;
  source: string;
  source_ip: string;
  request_method: string;
  request_path: string;
  status: number;
  user_agent: string;
  threat_score: number;
  severity: AlertSeverity;
  component_scores: Record<string, number>;
  classes: string[];
  matched_rules: string[];
  verdict: Verdict | null;
}

export type Verdict = 'true_positive' | 'false_positive';

export interface ThreatPage {
  threats: Threat[];
  next_cursor: string | null;
}

export interface Match {
  rule: string;
  class: string;
  score: number;
  field: MatchField;
  parameter?: string;
  decoded: string[];
  excerpt: string;
  line_span?: [number, number];
}

export interface Review {
  verdict: Verdict;
  note: string;
  reviewer: string;
  reviewed_at: string;
}

export interface ThreatDetail extends Threat {
  stored_at: string;
  position: number;
  query: string;
  bytes: number;
  referer: string;
  host: string;
  line: string;
  matches: Match[];
  /** `requests_1m`, `error_rate_5m`, …; null where the window store was not asked. */
  window: Record<string, number> | null;
  rules_version: string;
  review: Review | null;
}

export interface PipelineCounts {
  read: number;
  scored: { total: number; LOW: number; MEDIUM: number; HIGH: number };
  rejected: { total: number; by_reason: Record<string, number> };
  dead_lettered: number;
  suppressed: number;
}

export interface Stats {
  since: string;
  until: string;
  total: number;
  by_severity: { MEDIUM: number; HIGH: number };
  by_class: { class: string; events: number }[];
  top_source_ips: { source_ip: string; events: number }[];
  top_paths: { path: string; events: number }[];
  pipeline: PipelineCounts;
}

export interface QueueDepth {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  oldest_age_seconds: number;
}

export interface ModelsStatus {
  rules: {
    version: string | null;
    packs: { id: string; version: string; rules: number; mode: string }[];
    suppressions: number | null;
  };
  versions_seen: { version: string; last_seen: string }[];
  scorers: { id: string; rules_version: string; last_seen: string; lines_per_second: number }[] | null;
  queues: Record<string, QueueDepth> | null;
}

interface NamedCount {
  name: string;
  events: number;
}

export interface Source {
  source_ip: string;
  events_30d: number;
  hourly: { start: string; events: number }[];
  recent: {
    events: number;
    since: string;
    last_seen: string;
    by_severity: { MEDIUM: number; HIGH: number };
    by_class: NamedCount[];
    top_paths: NamedCount[];
    user_agents: NamedCount[];
    reviewed_false_positive: number;
  };
  latest: Threat[];
}

/** What `GET /rules` answers. */
export interface Rules {
  packs: { id: string; version: string; mode: string; description: string; rules: Rule[] }[];
  /** Null where this gateway does not know them. */
  suppressions: Suppression[] | null;
}

export interface Rule {
  id: string;
  title: string;
  class: string;
  score: number;
  fields: string[];
  cwe?: number;
  capec?: number;
  attack?: string;
}

export interface Suppression {
  id: string;
  reason: string;
  expires_at?: string;
  rules?: string[];
  classes?: string[];
  path?: string;
  parameter?: string;
  cidrs?: string[];
  agent?: string;
}
