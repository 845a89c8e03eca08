import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Principal, Scope } from '@vigil/shared/auth/api-keys';
import type { RequestLimit } from '@vigil/shared/auth/request-limit';
import { invalidRequest, ProblemError } from '@vigil/shared/http/problem';
import { DatabaseAwayError, isTooSlow } from '@vigil/shared/storage/database-errors';

/** A route as its users see it: what OpenAPI is generated from and what the server checks are the same schemas. */
export interface RouteSpec<Q extends z.ZodType, P extends z.ZodType, B extends z.ZodType, R extends z.ZodType> {
  method: 'GET' | 'POST' | 'PATCH';
  /** With `:name` for parameters. */
  path: string;
  /** What generated clients call it; it stays as it is. */
  name: string;
  summary: string;
  description?: string;
  /** Scope that the key must have; absent: no key needed. */
  scope?: Scope;
  query?: Q;
  params?: P;
  body?: B;
  /** JSON answer with 200. */
  response?: R;
  /** Answers that are not JSON: their content types. */
  contentTypes?: readonly string[];
  /** No HEAD beside the GET: it runs the handler, too. */
  withoutHead?: boolean;
  handle(call: ApiCall<z.output<Q>, z.output<P>, z.output<B>>): Promise<z.input<R> | FastifyReply | void>;
}

export interface ApiCall<Q, P, B> {
  query: Q;
  params: P;
  body: B;
  principal: Principal | undefined;
  request: FastifyRequest;
  reply: FastifyReply;
}

export type AnyRouteSpec = RouteSpec<z.ZodType, z.ZodType, z.ZodType, z.ZodType>;

/** Collects routes, for the server and for their description. */
export class Api {
  readonly #specs: AnyRouteSpec[] = [];

  get specs(): readonly AnyRouteSpec[] {
    return this.#specs;
  }

  add<Q extends z.ZodType, P extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
    spec: RouteSpec<Q, P, B, R>,
  ): void {
    this.#specs.push(spec as unknown as AnyRouteSpec);
  }

  mount(app: FastifyInstance, limit: RequestLimit): void {
    for (const spec of this.#specs) {
      app.route({
        method: spec.method,
        url: spec.path,
        ...(spec.scope === undefined ? {} : { onRequest: limit.admit(spec.scope) }),
        ...(spec.withoutHead === true ? { exposeHeadRoute: false } : {}),
        handler: async (request, reply) => {
          const call = {
            query: spec.query?.parse(withoutNul(request.query, 'query')),
            params: spec.params?.parse(withoutNul(request.params, 'path')),
            body: spec.body?.parse(withoutNul(request.body ?? {}, 'body')),
            principal: limit.principalOf(request),
            request,
            reply,
          };
          try {
            return (await spec.handle(call)) ?? reply;
          } catch (err) {
            // The client has left: nobody is there to be told.
            if (request.signal.aborted) return reply.hijack();
            if (!(err instanceof DatabaseAwayError)) throw err;
            request.log.warn({ err }, 'PostgreSQL could not answer');
            throw isTooSlow(err) ? tooSlow() : databaseAway();
          }
        },
      });
    }
  }
}

function databaseAway(): ProblemError {
  const detail = 'The database cannot answer for now; send the request again later.';
  return new ProblemError({ status: 503, title: 'Database away', detail }, { 'retry-after': '5' });
}

/** It may be busy, or never be done with a filter in that time. */
function tooSlow(): ProblemError {
  const detail =
    'The database gave the request up, since it took too long; ask for less (since and until, simpler paths), or later.';
  return new ProblemError({ status: 503, title: 'Too slow', detail }, { 'retry-after': '5' });
}

/**
 * PostgreSQL's text holds no NUL: a statement with one fails, which must not look like a fault of the server.
 * @throws ProblemError 422
 */
function withoutNul(given: unknown, where: string, depthMax = 8): unknown {
  for (const value of Object.values(given as Record<string, unknown>)) {
    if (typeof value === 'string' && value.includes('\0')) throw invalidRequest(`${where}: holds a NUL character`);
    // Deeper than any schema of ours; those refuse the rest.
    if (typeof value === 'object' && value !== null && depthMax > 0) withoutNul(value, where, depthMax - 1);
  }
  return given;
}
