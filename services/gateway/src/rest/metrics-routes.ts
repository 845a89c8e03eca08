import type { Registry } from '@vigil/shared/metrics/metrics';
import type { Api } from './api.ts';

/** `GET /metrics` on the port that everyone reaches, which wants a key; the port of the operators has it without. */
export function metricsRoutes(api: Api, registry: Registry): void {
  api.add({
    method: 'GET',
    path: '/metrics',
    name: 'getMetrics',
    summary: "The process's metrics in Prometheus' text format",
    scope: 'read',
    contentTypes: ['text/plain'],
    handle: async ({ reply }) => reply.type(registry.contentType).send(await registry.metrics()),
  });
}
