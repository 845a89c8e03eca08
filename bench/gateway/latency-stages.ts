import type { Alert } from '@vigil/shared/contracts';
import type { CollectedSpan } from '@vigil/dev-services/otlp-collector';

/** Points on a line's way, and where each is taken from. */
type Point = 'written' | 'read' | 'enqueued' | 'taken' | 'scored' | 'handed on' | 'stored' | 'published' | 'frame';

/** Span and end of it that mark a point in the trace of a batch. */
const SPAN_POINTS: readonly { point: Point; span: string; end: 'start' | 'end' }[] = [
  { point: 'read', span: 'enqueue lines', end: 'start' },
  { point: 'enqueued', span: 'enqueue lines', end: 'end' },
  { point: 'taken', span: 'process lines', end: 'start' },
  { point: 'scored', span: 'addBulk scored', end: 'start' },
  { point: 'handed on', span: 'process scored', end: 'start' },
  { point: 'stored', span: 'store events', end: 'end' },
];

export const STAGES: readonly { name: string; from: Point; to: Point }[] = [
  { name: 'read', from: 'written', to: 'read' },
  { name: 'enqueue', from: 'read', to: 'enqueued' },
  { name: 'wait', from: 'enqueued', to: 'taken' },
  { name: 'score', from: 'taken', to: 'scored' },
  { name: 'hand on', from: 'scored', to: 'handed on' },
  { name: 'store', from: 'handed on', to: 'stored' },
  { name: 'publish', from: 'stored', to: 'published' },
  { name: 'frame', from: 'published', to: 'frame' },
  { name: 'all', from: 'written', to: 'frame' },
];

/** Flags of a trace context whose spans are recorded (W3C Trace Context). */
const SAMPLED = '01';

const SHARES = [0.5, 0.9, 0.99, 0.999, 1];

interface Journey {
  writtenMs: number;
  publishedMs?: number;
  frameMs?: number;
  /** Where its batch is traced. */
  traceId?: string | undefined;
}

/** When each attack's line was written, known by its path, and what happened to it; what happened within the services is in the traces of batches. */
export class LatencyStages {
  readonly #journeys = new Map<string, Journey>();

  /** What was written so far was warm-up. */
  forgetAll(): void {
    this.#journeys.clear();
  }

  written(path: string, atMs: number): void {
    this.#journeys.set(path, { writtenMs: atMs });
  }

  published(alerts: readonly Alert[], atMs: number): void {
    for (const alert of alerts) this.#of(alert, (journey) => (journey.publishedMs ??= atMs));
  }

  framed(alert: Alert, atMs: number): void {
    this.#of(alert, (journey) => (journey.frameMs ??= atMs));
  }

  /** Attacks whose frame has not come. */
  get missing(): number {
    let missing = 0;
    for (const { frameMs } of this.#journeys.values()) if (frameMs === undefined) missing += 1;
    return missing;
  }

  /** Traces that are not whole yet. */
  untraced(spans: readonly CollectedSpan[]): number {
    const points = pointsByTrace(spans);
    const traces = new Set([...this.#journeys.values()].map(({ traceId }) => traceId));
    return [...traces].filter((traceId) => traceId !== undefined && points.get(traceId)?.size !== SPAN_POINTS.length)
      .length;
  }

  /**
   * Per stage the times in ms below which 50, 90, 99, 99.9 and 100 % lie: of those whose batch is traced, and from write to frame of all.
   */
  distributions(spans: readonly CollectedSpan[]): {
    count: number;
    traced: number;
    distributions: Map<string, number[]>;
  } {
    const byTrace = pointsByTrace(spans);
    const journeys = [...this.#journeys.values()].map(({ writtenMs, publishedMs, frameMs, traceId }) => {
      const points = new Map(byTrace.get(traceId ?? ''));
      return points.set('written', writtenMs).set('published', publishedMs!).set('frame', frameMs!);
    });
    const distributions = new Map<string, number[]>();
    for (const { name, from, to } of STAGES) {
      const complete = journeys.filter((points) => points.has(from) && points.has(to));
      const times = Float64Array.from(complete, (points) => points.get(to)! - points.get(from)!).sort();
      distributions.set(
        name,
        SHARES.map((share) => times[Math.ceil(share * times.length) - 1]!),
      );
    }
    const traced = journeys.filter((points) => points.has('stored')).length;
    return { count: journeys.length, traced, distributions };
  }

  #of(alert: Alert, note: (journey: Journey) => void): void {
    const journey = this.#journeys.get(alert.request_path);
    if (journey === undefined) return;
    const [, traceId, , flags] = alert.traceparent?.split('-') ?? [];
    if (flags === SAMPLED) journey.traceId ??= traceId;
    note(journey);
  }
}

/** The last span of a kind counts: it is the one that went through. */
function pointsByTrace(spans: readonly CollectedSpan[]): Map<string, Map<Point, number>> {
  const traces = new Map<string, Map<Point, number>>();
  for (const span of spans) {
    for (const { point, span: name, end } of SPAN_POINTS) {
      if (span.name !== name) continue;
      let points = traces.get(span.traceId);
      if (points === undefined) traces.set(span.traceId, (points = new Map<Point, number>()));
      const nanos = end === 'start' ? span.startTimeUnixNano : span.endTimeUnixNano;
      points.set(point, Number(BigInt(nanos) / 1_000n) / 1_000);
    }
  }
  return traces;
}
