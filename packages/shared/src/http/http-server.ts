import { fastify, LogController, type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import { ZodError } from 'zod';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../logging/logger.ts';
import { ProblemError, sendProblem } from './problem.ts';

export interface HttpServerOptions {
  log: Logger;
  /** Largest request body, bytes. */
  bodyBytesMax?: number;
  /** Trust `X-Forwarded-For` of these proxies (addresses or CIDRs). */
  trustProxy?: string[] | boolean;
}

/**
 * Fastify as every service uses it: problem+json for every error, no stack and no secret in an answer, which no cache keeps unless its
 * route says so.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyBytesMax ?? 1024 * 1024,
    trustProxy: options.trustProxy ?? false,
    // A client that opens a request and says nothing more must not hold a connection for ever.
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    http: {
      // Whoever offers another protocol (curl offers HTTP/2) gets his answer over this one: RFC 9110, 7.8.
      shouldUpgradeCallback: (request) =>
        app.server.listenerCount('upgrade') > 0 && /^websocket$/i.test(request.headers.upgrade ?? ''),
    },
  });
  // Answers are for whoever holds the key: X-API-Key does not keep shared caches from storing them (RFC 9111, 3.5).
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ProblemError) return sendProblem(reply, error.problem, error.headers);
    if (error instanceof ZodError) {
      const detail = error.issues.map((i) => `${i.path.map(String).join('.') || 'request'}: ${i.message}`).join('; ');
      return sendProblem(reply, { status: 422, title: 'Invalid request', detail });
    }
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, { status, title: 'Bad request', detail: error.message });
    request.log.error({ err: error }, 'request failed');
    return sendProblem(reply, {
      status,
      title: 'Internal error',
      detail: 'The request failed; the service log says why.',
    });
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, {
      status: 404,
      title: 'Not found',
      detail: `There is no ${request.method} ${request.url.split('?')[0]}.`,
    }),
  );
  return app;
}

/** Listens and registers the close; returns the address as a URL. */
export async function listen(app: FastifyInstance, lifecycle: Lifecycle, host: string, port: number): Promise<string> {
  lifecycle.onStop('connections', 'http server', () => app.close());
  return app.listen({ host, port });
}
