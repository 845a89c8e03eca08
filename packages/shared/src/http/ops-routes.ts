import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Readiness } from './readiness.ts';

/** `GET /health` (liveness) and `GET /ready` (readiness): 200 or 503, with each check's result, also in the log. No key needed. */
export function healthRoutes(app: FastifyInstance, readiness: Readiness): void {
  readiness.reportTo(app.log);
  app.get('/health', async (_request, reply) => {
    const { ok, checks } = await readiness.alive();
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'stuck', checks });
  });
  app.get('/ready', async (_request, reply) => {
    const { ok, checks } = await readiness.ready();
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ready' : 'not ready', checks });
  });
}

/** `GET /metrics` in Prometheus' text format. */
export function metricsRoute(app: FastifyInstance, registry: Registry): void {
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}
