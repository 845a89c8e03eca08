import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem.ts';
import { allows, type Principal, type Scope } from './api-keys.ts';

/**
 * Looks a presented key up; asynchronous because keys may live in PostgreSQL. Undefined where it is known not to be valid.
 * @throws ProblemError 503 where that cannot be known
 */
export type KeyVerifier = (presented: string) => Promise<Principal | undefined>;

/** The key of a request: `X-API-Key`, else `Authorization: Bearer`. */
export function presentedKey(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const header = request.headers['x-api-key'];
  if (typeof header === 'string' && header !== '') return header;
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** @throws ProblemError 401 without a valid key, 403 where its scopes do not reach, 503 where keys cannot be looked up */
export async function authenticate(verify: KeyVerifier, key: string | undefined, scope: Scope): Promise<Principal> {
  if (key === undefined) {
    const detail = 'Send a key in the X-API-Key header (or Authorization: Bearer).';
    throw new ProblemError({ status: 401, title: 'Key required', detail }, { 'www-authenticate': 'Bearer' });
  }
  const principal = await verify(key);
  if (principal === undefined) {
    throw new ProblemError(
      { status: 401, title: 'Unknown key', detail: 'This key is not valid here.' },
      { 'www-authenticate': 'Bearer' },
    );
  }
  if (!allows(principal, scope)) {
    const detail = `The key "${principal.name}" lacks the scope "${scope}".`;
    throw new ProblemError({ status: 403, title: 'Scope missing', detail });
  }
  return principal;
}
