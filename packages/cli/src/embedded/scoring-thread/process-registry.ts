import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Registry,
  type MetricSnapshot,
} from '@vigil/shared/metrics/metrics';

/**
 * The registry of a process whose scorer runs in a thread: it tells what the thread counts as if it were its own, summed where both
 * count. While the thread does not answer its metrics are absent, for old ones would be taken for the present.
 */
export class ProcessRegistry extends Registry {
  readonly #threadMetrics: () => Promise<MetricSnapshot[]>;

  /** @param threadMetrics what the thread counts; rejects while it does not answer */
  constructor(threadMetrics: () => Promise<MetricSnapshot[]>) {
    super();
    this.#threadMetrics = threadMetrics;
    collectDefaultMetrics({ register: this });
  }

  override async metrics(): Promise<string> {
    const [own, thread] = await Promise.all([this.getMetricsAsJSON(), this.#threadMetrics().catch(() => [])]);
    return AggregatorRegistry.aggregate([own.map(kept), thread]).metrics();
  }
}

/** Some of Node's metrics, such as the time of the start, mean nothing summed over processes, and would be left out. */
function kept(metric: MetricSnapshot): MetricSnapshot {
  return metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric;
}
