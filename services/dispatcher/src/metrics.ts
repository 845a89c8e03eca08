import { Counter, Gauge, Histogram, LATENCY_BUCKETS_SECONDS, type Registry } from '@vigil/shared/metrics/metrics';

/** What the dispatcher counts. */
export class DispatcherMetrics {
  readonly stored: Counter<'severity'>;
  readonly repeatedBatches: Counter;
  readonly deadLetters: Counter<'kind'>;
  readonly storeSeconds: Histogram;
  readonly batchAgeSeconds: Histogram;
  readonly storeFailures: Counter;
  readonly published: Counter<'sink'>;
  readonly publishFailures: Counter<'sink'>;
  readonly relayLeader: Gauge;
  readonly droppedDays: Counter<'reason'>;
  readonly thinnings: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.stored = new Counter({
      name: 'vigil_events_stored_total',
      help: 'Events stored in PostgreSQL.',
      labelNames: ['severity'],
      registers,
    });
    this.repeatedBatches = new Counter({
      name: 'vigil_batches_repeated_total',
      help: 'Scored batches that came again and changed nothing.',
      registers,
    });
    this.deadLetters = new Counter({
      name: 'vigil_dead_letters_total',
      help: 'Lines and jobs that nobody could handle.',
      labelNames: ['kind'],
      registers,
    });
    this.storeSeconds = new Histogram({
      name: 'vigil_store_seconds',
      help: 'Time of one storing transaction.',
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    });
    this.batchAgeSeconds = new Histogram({
      name: 'vigil_batch_age_seconds',
      help: 'Time from reading the lines of a batch to having stored what was found in them.',
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    });
    this.storeFailures = new Counter({
      name: 'vigil_store_failures_total',
      help: 'Storing transactions that failed and were tried again.',
      registers,
    });
    this.published = new Counter({
      name: 'vigil_alerts_published_total',
      help: 'Alerts taken by a sink.',
      labelNames: ['sink'],
      registers,
    });
    this.publishFailures = new Counter({
      name: 'vigil_publish_failures_total',
      help: 'Groups of alerts that a sink refused; they are tried again.',
      labelNames: ['sink'],
      registers,
    });
    this.relayLeader = new Gauge({
      name: 'vigil_relay_leader',
      help: '1 where this process runs the relay.',
      registers,
    });
    this.droppedDays = new Counter({
      name: 'vigil_retention_dropped_days_total',
      help: 'Days of events that were dropped: by age as RETENTION_DAYS says, or early by size, as RETENTION_GB_MAX does.',
      labelNames: ['reason'],
      registers,
    });
    this.thinnings = new Counter({
      name: 'vigil_retention_thinnings_total',
      help: 'Times that a day of events was thinned to the first of each minute, since all took more than RETENTION_GB_MAX.',
      registers,
    });
    // Where the first one is its first sample, nobody sees that it grew.
    for (const reason of ['age', 'size']) this.droppedDays.inc({ reason }, 0);
  }
}
