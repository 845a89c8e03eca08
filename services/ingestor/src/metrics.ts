import { Counter, Gauge, type Registry } from '@vigil/shared/metrics/metrics';
import type { Source } from './source.ts';

/** Sources with a lag of their own in the metrics; that of all others is one sum. */
const LABELLED_SOURCES_MAX = 50;

const SOURCE_KINDS = ['file', 'archive', 'stdin', 'http'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;

/** Metrics of the ingestor. Names that other stages use too are shared where one process holds several stages. */
export function createIngestMetrics(registry: Registry) {
  let sources: () => readonly Source[] = () => [];
  const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
    (registry.getSingleMetric(name) as Counter | undefined) ??
    new Counter({ name, help, labelNames, registers: [registry] });
  const gauge = (
    name: string,
    help: string,
    labelNames: string[] = [],
    collect = (): void | Promise<void> => {},
  ): Gauge =>
    (registry.getSingleMetric(name) as Gauge | undefined) ??
    new Gauge({ name, help, labelNames, registers: [registry], collect });
  const counterByKind = (name: string, help: string): Counter => {
    const byKind = counter(name, help, ['source_kind']);
    // A counter without a sample is nothing to Prometheus, not 0: rates would begin with the second line, and never without a first.
    for (const kind of SOURCE_KINDS) byKind.inc({ source_kind: kind }, 0);
    return byKind;
  };
  return {
    linesRead: counterByKind('vigil_lines_read_total', 'Lines read and accepted by the queue, rejected ones included'),
    bytesRead: counterByKind('vigil_ingest_bytes_total', 'Bytes read and accepted by the queue'),
    rejected: counter('vigil_lines_rejected_total', 'Lines given up, by reason', ['reason']),
    batches: counter('vigil_batches_enqueued_total', 'Batches accepted by the queue'),
    enqueueFailures: counter('vigil_enqueue_failures_total', 'Failed attempts to add batches to the queue'),
    checkpointFailures: counter('vigil_checkpoint_write_failures_total', 'Failed attempts to write the checkpoint'),
    lostContents: counter('vigil_ingest_lost_contents_total', 'Files under way that were gone after a restart'),
    truncations: counter(
      'vigil_ingest_truncations_total',
      'Truncated files of which no copy with more lines was found',
    ),
    backpressure: gauge('vigil_backpressure_active', '1 while nothing is taken in because the queues are full or away'),
    lagBytes: gauge(
      'vigil_ingest_lag_bytes',
      'Bytes of a source that the queue has not accepted yet',
      ['source'],
      async function (this: Gauge) {
        this.reset();
        for (const [source, lag] of await lagBySource(sources())) this.set({ source }, lag);
      },
    ),
    sources: gauge('vigil_ingest_sources', 'Sources by state', ['state'], function (this: Gauge) {
      this.reset();
      for (const { state } of sources()) this.inc({ state: state.state });
    }),
    /** Tells where to look when metrics are asked for. */
    observeSources: (list: () => readonly Source[]): void => {
      sources = list;
    },
    pushes: counter('vigil_push_requests_total', 'Pushed batches by HTTP status', ['status']),
  };
}

async function lagBySource(sources: readonly Source[]): Promise<Map<string, number>> {
  const lags = new Map<string, number>();
  for (const [index, source] of sources.entries()) {
    const label = index < LABELLED_SOURCES_MAX ? source.name : 'other';
    lags.set(label, (lags.get(label) ?? 0) + (await source.lagBytes()));
  }
  return lags;
}
