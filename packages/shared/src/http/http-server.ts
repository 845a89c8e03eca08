import type { Socket } from 'node:net';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { ZodError } from 'zod';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../logging/logger.ts';
import { saySeldom } from '../logging/say-seldom.ts';
import { printableJson } from '../text/printable.ts';
import { allowedMethods } from './allowed-methods.ts';
import { proxyTest } from './client-address.ts';
import { OpenConnections, type ConnectionBounds } from './open-connections.ts';
import { EVERY_ANSWER, ProblemError, problemResponse, sendProblem, unfitRequest, type Problem } from './problem.ts';

/** Holds the longest review, every character escaped. Routes that take more say so and count what they hold. */
const BODY_BYTES_MAX = 16 * 1024;

/** Holds the longest client address that is kept, with which a path may end. */
const PARAMETER_LENGTH_MAX = 256;

/** A connection on which nothing moves for so long, whoever waits for whom, is given up. No answer is in the making for so long. */
const STALL_MAX_MS = 120_000;

/**
 * Connections at once on which requests are made, in all and of one peer (IPv6: /64): of clients that share an address, or of a proxy that
 * nobody said to trust, there may be many. One with half a head takes 30 kB.
 */
const CONNECTIONS_MAX: ConnectionBounds = { max: 5_000, perPeerMax: 1_000 };
const NO_STREAMS: ConnectionBounds = { max: 0, perPeerMax: 0 };

export interface HttpServerOptions {
  log: Logger;
  /** Trust `X-Forwarded-For` of these proxies (addresses or CIDRs). */
  trustProxy?: string[];
  /** Connections at once. */
  connections?: ConnectionBounds;
  /** Connections beside these that may be kept for streams. */
  streams?: ConnectionBounds;
  stallMaxMs?: number;
}

/**
 * Fastify as every service uses it: problem+json for every error, no stack and no secret in an answer, which no cache keeps unless its
 * route says so.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    trustProxy: options.trustProxy ?? false,
    // A client that opens a request and says nothing more must not hold a connection for ever.
    requestTimeout: 30_000,
    // Nor one that asks, needs no key for it, and takes nothing of the answer.
    connectionTimeout: options.stallMaxMs ?? STALL_MAX_MS,
    forceCloseConnections: 'idle',
    // Paths that no route is looked up for: neither the hooks below nor the error handler hear of them.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, badRequest(error.statusCode, error.message)),
    clientErrorHandler: refuseUnread,
    http: {
      // Whoever offers another protocol (curl offers HTTP/2) gets his answer over this one: RFC 9110, 7.8.
      shouldUpgradeCallback: (request) => {
        const upgrades = app.server.listenerCount('upgrade') > 0 && /^websocket$/i.test(request.headers.upgrade ?? '');
        if (upgrades) connections.keep(request.socket);
        return upgrades;
      },
    },
  });
  const { connections: usual = CONNECTIONS_MAX, streams = NO_STREAMS } = options;
  const connections = new OpenConnections(app.server, {
    max: usual.max + streams.max,
    perPeerMax: usual.perPeerMax + streams.perPeerMax,
    isProxy: proxyTest(options.trustProxy ?? []),
    onRefused: saySeldom((why: string, peer: string) => options.log.warn({ peer }, why)),
  });
  app.addHook('preClose', async () => connections.end());
  // Answers are for whoever holds the key: X-API-Key does not keep shared caches from storing them (RFC 9111, 3.5).
  // And they quote whatever attackers sent: no browser may take one for more than it says to be.
  app.addHook('onRequest', async (_request, reply) => void reply.headers(EVERY_ANSWER));
  // Whoever asks by curl has what attackers sent on a terminal.
  app.setReplySerializer((payload) => printableJson(JSON.stringify(payload)));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ProblemError) return sendProblem(reply, error.problem, error.headers);
    if (error instanceof ZodError) return sendProblem(reply, unfitRequest(error, 'request').problem);
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, badRequest(status, error.message));
    request.log.error({ err: error }, 'request failed');
    return sendProblem(reply, {
      status,
      title: 'Internal error',
      detail: 'The request failed; the service log says why.',
    });
  });
  const methodsOf = allowedMethods(app);
  const refuse = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?')[0]!;
    return sendUnrouted(reply, request.method, path, methodsOf(path));
  };
  // Fastify's own handler waits for the body and keeps it in memory, whoever sends it.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) void refuse(request, reply);
    else done();
  });
  app.setNotFoundHandler(refuse);
  return app;
}

function badRequest(status = 400, detail: string): Problem {
  return { status, title: 'Bad request', detail };
}

/** Answers what is no request, or did not come in time, and ends its connection, as Node demands. */
function refuseUnread(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') socket.write(problemResponse(unread(error.code)));
  socket.destroy(error);
}

function unread(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return badRequest(431, 'The request has too many headers, or too long an address.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return badRequest(408, 'The request did not come in time.');
  return badRequest(400, 'This is no HTTP request.');
}

function sendUnrouted(reply: FastifyReply, method: string, path: string, allowed: readonly string[]): FastifyReply {
  // A route that has nothing there sends its request here, too.
  if (allowed.length === 0 || allowed.includes(method))
    return sendProblem(reply, { status: 404, title: 'Not found', detail: `There is no ${method} ${path}.` });
  const allow = allowed.join(', ');
  const detail = `There is no ${method} ${path}; it takes ${allow}.`;
  return sendProblem(reply, { status: 405, title: 'Method not allowed', detail }, { allow });
}

/**
 * Listens and registers the close; returns an address at which this machine reaches it, as a URL.
 * @param setting the variable that `port` is from
 * @throws the system's error, which says what to do
 */
export async function listen(
  app: FastifyInstance,
  lifecycle: Lifecycle,
  host: string,
  port: number,
  setting: 'PORT' | 'OPS_PORT' = 'PORT',
): Promise<string> {
  lifecycle.onStop('connections', 'http server', () => app.close());
  const url = await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    const advice = listenAdvice(error.code, setting);
    if (advice !== undefined) error.message += `; ${advice}`;
    throw error;
  });
  // Fastify itself names this machine in place of all addresses for IPv4 alone.
  return url.replace('//[::]:', '//[::1]:');
}

function listenAdvice(code: string | undefined, setting: string): string | undefined {
  if (code === 'EADDRINUSE') return `set ${setting} to a port that is free, or end what listens there`;
  if (code === 'EACCES') return `set ${setting} to a port above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return 'set HOST to an address of this machine, or to 0.0.0.0 for all of them';
  return undefined;
}
