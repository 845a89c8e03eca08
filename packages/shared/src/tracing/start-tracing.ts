import type { Telemetry } from 'bullmq';
import { samplerOf } from './sampler.ts';

export interface Tracing {
  /** For queues and workers: a job carries the trace of whoever added it, and is handled within it. */
  readonly queueTelemetry: Telemetry;
  /** Sends what is still held and ends. */
  shutdown(): Promise<void>;
}

/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT`. Without that variable there are none, and nothing
 * of OpenTelemetry is even loaded. `OTEL_EXPORTER_OTLP_HEADERS` and its siblings are read by the exporter itself.
 * Which traces are recorded is for `OTEL_TRACES_SAMPLER` to say.
 * @param service name of the service in the traces: `vigil-<service>`
 */
export async function startTracing(service: string, env: NodeJS.ProcessEnv): Promise<Tracing | undefined> {
  if ((env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '') === '') return undefined;
  const [api, sdk, hooks, core, resources, otlp, bullmq] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('bullmq-otel'),
  ]);
  const provider = new sdk.TracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ 'service.name': `vigil-${service}` })),
    sampler: samplerOf(env, sdk),
    // Never in the way: what cannot be sent is dropped, and the queue of spans is bounded.
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new otlp.OTLPTraceExporter() })],
  });
  api.trace.setGlobalTracerProvider(provider);
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  return {
    queueTelemetry: new bullmq.BullMQOtel({ tracerName: 'vigil' }) as unknown as Telemetry,
    shutdown: async () => {
      await provider.shutdown();
      api.trace.disable();
      api.context.disable();
      api.propagation.disable();
    },
  };
}
