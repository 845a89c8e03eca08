import { Counter, Gauge, Histogram, LATENCY_BUCKETS_SECONDS, type Registry } from '@vigil/shared/metrics/metrics';

/** What the scorer counts. */
export class ScorerMetrics {
  readonly linesScored: Counter<'severity'>;
  readonly linesRejected: Counter<'reason'>;
  readonly linesDead: Counter<'reason'>;
  readonly jobsDead: Counter<'reason'>;
  readonly batches: Counter;
  readonly suppressed: Counter;
  readonly stageSeconds: Histogram<'stage'>;
  readonly windowStoreSeconds: Histogram;
  readonly windowStoreFailures: Counter<'outcome'>;
  readonly isolatedBatches: Counter;
  readonly ruleReloads: Counter<'outcome'>;
  readonly rulesRefused: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.linesScored = new Counter({
      name: 'vigil_lines_scored_total',
      help: 'Lines scored, by severity.',
      labelNames: ['severity'],
      registers,
    });
    // The ingestor counts what it gives up under the same name.
    this.linesRejected = new Counter({
      name: 'vigil_lines_rejected_total',
      help: 'Lines given up, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.linesDead = new Counter({
      name: 'vigil_lines_dead_total',
      help: 'Lines that the scorer could not handle, by reason; they go to the dead letters.',
      labelNames: ['reason'],
      registers,
    });
    this.jobsDead = new Counter({
      name: 'vigil_line_batches_dead_total',
      help: 'Jobs that the scorer could not handle, by reason; they go to the dead letters.',
      labelNames: ['reason'],
      registers,
    });
    this.batches = new Counter({ name: 'vigil_batches_scored_total', help: 'Batches scored.', registers });
    this.suppressed = new Counter({
      name: 'vigil_suppressed_total',
      help: 'Times that a suppression kept a request from alerting.',
      registers,
    });
    this.stageSeconds = new Histogram({
      name: 'vigil_stage_seconds',
      help: 'Time that a batch spends in each stage of the scorer.',
      labelNames: ['stage'],
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    });
    this.windowStoreSeconds = new Histogram({
      name: 'vigil_window_store_seconds',
      help: 'Time of one exchange with the window store.',
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    });
    this.windowStoreFailures = new Counter({
      name: 'vigil_window_store_failures_total',
      help: 'Failed exchanges with the window store: tried again, or given up (the batch is judged by its own lines alone).',
      labelNames: ['outcome'],
      registers,
    });
    this.isolatedBatches = new Counter({
      name: 'vigil_batches_isolated_total',
      help: 'Batches that were tried line by line in a worker thread, since earlier deliveries did not end.',
      registers,
    });
    this.ruleReloads = new Counter({
      name: 'vigil_rule_reloads_total',
      help: 'Times that changed rule packs were taken or refused.',
      labelNames: ['outcome'],
      registers,
    });
    this.rulesRefused = new Gauge({
      name: 'vigil_rules_refused',
      help: '1 while the packs in the folder of rules are not valid, and those from before are in use.',
      registers,
    });
  }
}
