/**
 * What the gateway sends, as docs/stream.schema.json has it. The services' own types come from schemas, and with those a library that a
 * consumer would have to install; frames.test.ts holds the two together.
 */
export type AlertSeverity = 'MEDIUM' | 'HIGH';

export interface Alert {
  event: 'threat';
  /** Event time from the log, ISO 8601 in UTC. */
  timestamp: string;
  /** The client, as the log names it; usually an address. */
  source_ip: string;
  request_method: string;
  request_path: string;
  /** 0 to 1. */
  threat_score: number;
  severity: AlertSeverity;
  /** The highest score of each class of evidence, and by the name of its rule what the outcome of the request added or took. */
  component_scores: Record<string, number>;
  /** The same for every delivery of the same event. */
  id: string;
  /** Place in the total order of alerts, from 1, without gaps. */
  seq: number;
  /** Strongest first. */
  matched_rules: string[];
  /** Strongest first. */
  classes: string[];
  /** Name of the log source. */
  source: string;
  /** W3C `traceparent` of the batch in which it was found, where tracing is on. */
  traceparent?: string | undefined;
}

/** Alerts that can no longer be had, from the first seq to the last. */
export interface GapFrame {
  event: 'gap';
  from: number;
  to: number;
  /**
   * `expired`: no longer kept. `too_old`: more than one resume may ask for. `ahead_of_stream`: the cursor lies beyond all that was ever
   * given, as after a change of database; it is set back to `from - 1`.
   */
  reason: 'expired' | 'too_old' | 'ahead_of_stream';
}

export type AlertFrame =
  | Alert
  | GapFrame
  | { event: 'batch'; cursor: number; alerts: Alert[] }
  | {
      event: 'hello';
      protocol: 1;
      cursor: number;
      head: number;
      filter: Record<string, unknown>;
      batch: boolean;
      ping_interval_ms: number;
    }
  | { event: 'subscribed'; cursor: number; filter: Record<string, unknown>; batch: boolean }
  | { event: 'ping'; cursor: number }
  | { event: 'error'; detail: string }
  | {
      event: 'bye';
      reason: 'restart' | 'slow' | 'unauthorized' | 'too_many_messages' | 'replay_failed';
      cursor: number;
      retry_after_ms: number;
    };
