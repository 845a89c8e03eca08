import type { Registry } from 'prom-client';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../logging/logger.ts';
import { createHttpServer, listen } from './http-server.ts';
import { healthRoutes, metricsRoute } from './ops-routes.ts';
import type { Readiness } from './readiness.ts';

/**
 * The port that only operators reach: `/health`, `/ready`, `/metrics`, without a key. Every service has one (`OPS_PORT`), and no
 * ingress leads to it. Returns its address as a URL.
 */
export async function startOpsServer(options: {
  host: string;
  port: number;
  readiness: Readiness;
  registry: Registry;
  lifecycle: Lifecycle;
  log: Logger;
}): Promise<string> {
  const app = createHttpServer({ log: options.log });
  healthRoutes(app, options.readiness);
  metricsRoute(app, options.registry);
  return listen(app, options.lifecycle, options.host, options.port, 'OPS_PORT');
}
