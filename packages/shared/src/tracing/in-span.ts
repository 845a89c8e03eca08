import { SpanStatusCode, trace } from '@opentelemetry/api';

/**
 * Does the work in a span of its own; nothing but the work where tracing is off.
 * @param startMs when it really began, epoch ms; now by default
 */
export function inSpan<T>(name: string, work: () => Promise<T>, startMs?: number): Promise<T> {
  const options = startMs === undefined ? {} : { startTime: startMs };
  return trace.getTracer('vigil').startActiveSpan(name, options, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
