import { isSpanContextValid, trace } from '@opentelemetry/api';

/** The W3C `traceparent` of what is being done right now; undefined where it is not traced. */
export function activeTraceparent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}
