import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { CheckResult, Readiness } from './readiness.ts';

/** `GET /health` (liveness) and `GET /ready` (readiness): 200 or 503, with each check's result, also in the log. No key needed. */
export function healthRoutes(app: FastifyInstance, readiness: Readiness): void {
  addHealthRoutes(app, readiness, (check) => check);
}

/**
 * The same on a port that strangers reach: they learn which check fails, but not why, since that may name servers, users
 * and files.
 */
export function publicHealthRoutes(app: FastifyInstance, readiness: Readiness): void {
  addHealthRoutes(app, readiness, ({ name, ok }) => (ok ? { name, ok } : { name, ok, reason: WITHHELD }));
}

const WITHHELD = 'the service log says why, from the second such look on';

function addHealthRoutes(app: FastifyInstance, readiness: Readiness, told: (check: CheckResult) => CheckResult): void {
  readiness.reportTo(app.log);
  app.get('/health', async (_request, reply) => {
    const { ok, checks } = await readiness.alive();
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'stuck', checks: checks.map(told) });
  });
  app.get('/ready', async (_request, reply) => {
    const { ok, checks } = await readiness.ready();
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ready' : 'not ready', checks: checks.map(told) });
  });
}

/** `GET /metrics` in Prometheus' text format. */
export function metricsRoute(app: FastifyInstance, registry: Registry): void {
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}
