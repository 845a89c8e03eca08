import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ZodError } from 'zod';

/** Headers that answers have unless their route says otherwise. */
export const EVERY_ANSWER = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** RFC 9457 problem details. `detail` says what to do; it never holds a secret or a stack. */
export interface Problem {
  status: number;
  title: string;
  detail: string;
  /** Extra members, for instance `retry_after_seconds`. */
  [member: string]: unknown;
}

/** Error that a route throws to answer with a problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Record<string, string>;

  constructor(problem: Problem, headers: Record<string, string> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

/** 422, for what somebody sent. */
export function invalidRequest(detail: string): ProblemError {
  return new ProblemError({ status: 422, title: 'Invalid request', detail });
}

/**
 * The same for what does not fit a schema, each of its problems by the name of the field.
 * @param whole name of what does not fit as a whole
 */
export function unfitRequest(error: ZodError, whole: string): ProblemError {
  return invalidRequest(
    error.issues.map(({ path, message }) => `${path.map(String).join('.') || whole}: ${message}`).join('; '),
  );
}

/** 429, with the time after which it may be tried again. */
export function tooManyRequests(detail: string, waitSeconds: number): ProblemError {
  const problem = { status: 429, title: 'Too many requests', detail, retry_after_seconds: waitSeconds };
  return new ProblemError(problem, { 'retry-after': String(waitSeconds) });
}

/** Sends a problem document with its content type and status; no cache keeps it. */
export function sendProblem(reply: FastifyReply, problem: Problem, headers: Record<string, string> = {}): FastifyReply {
  return (
    reply
      .code(problem.status)
      // The route may have meant to let its answer be kept.
      .headers({ ...EVERY_ANSWER, ...headers })
      .type('application/problem+json')
      .send({ type: 'about:blank', ...problem })
  );
}

/** The same for a socket on which no request has been understood, or none is answered any more. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): string {
  const body = JSON.stringify({ type: 'about:blank', ...problem });
  const head = Object.entries({
    ...headers,
    'content-type': 'application/problem+json',
    ...EVERY_ANSWER,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines}\r\n${body}`;
}
