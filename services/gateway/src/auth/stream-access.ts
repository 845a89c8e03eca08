import type { IncomingHttpHeaders } from 'node:http';
import type { AlertFilter } from '@vigil/shared/alerts/alert-filter';
import type { Principal } from '@vigil/shared/auth/api-keys';
import { authenticate, presentedKey, type KeyVerifier } from '@vigil/shared/auth/authenticate';
import type { RevocableKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { ProblemError } from '@vigil/shared/http/problem';
import type { TokenVerifier } from './stream-tokens.ts';
import type { Tickets } from './tickets.ts';

/** The subprotocol that browsers offer beside the one that carries their key or ticket; it says nothing but is echoed. */
export const STREAM_SUBPROTOCOL = 'vigil.v1';

/** Who listens, what he may hear, and whether he still may. */
export interface StreamAccess {
  name: string;
  restriction: AlertFilter;
  expiresAtMs?: number | undefined;
  isCurrent(): Promise<boolean>;
}

/** Decides who may open a stream: key in a header, JSON Web Token, and for browsers key or ticket in a subprotocol or a ticket in the URL. */
export class StreamGate {
  readonly #verifyKey: KeyVerifier & Partial<RevocableKeyVerifier>;
  readonly #verifyToken: TokenVerifier | undefined;
  readonly #tickets: Tickets;

  constructor(
    verifyKey: KeyVerifier & Partial<RevocableKeyVerifier>,
    verifyToken: TokenVerifier | undefined,
    tickets: Tickets,
  ) {
    this.#verifyKey = verifyKey;
    this.#verifyToken = verifyToken;
    this.#tickets = tickets;
  }

  /**
   * @param ticket from the URL. Keys are not taken from there: URLs end up in logs.
   * @throws ProblemError 401, 403 or 503
   */
  async admit(headers: IncomingHttpHeaders, ticket: string | undefined): Promise<StreamAccess> {
    const offered = offeredProtocols(headers);
    const named = (prefix: string): string | undefined =>
      offered.find((protocol) => protocol.startsWith(prefix))?.slice(prefix.length);
    const ticketGiven = ticket ?? named('vigil.ticket.');
    if (ticketGiven !== undefined) return this.#admitTicket(ticketGiven);
    const key = presentedKey({ headers }) ?? named('vigil.key.');
    // Two dots make a JSON Web Token; our keys have none.
    if (key?.split('.').length === 3 && this.#verifyToken !== undefined)
      return this.#admitToken(key, this.#verifyToken);
    return this.#accessOf(await authenticate(this.#verifyKey, key, 'stream'));
  }

  async #admitTicket(ticket: string): Promise<StreamAccess> {
    const name = this.#tickets.redeem(ticket);
    if (name === undefined) throw unauthorized('The ticket is used, expired or not from here; ask for a new one.');
    const access = this.#accessOf({ name, scopes: ['stream'] });
    if (!(await access.isCurrent())) throw unauthorized('The key that asked for the ticket is not valid any more.');
    return access;
  }

  async #admitToken(token: string, verify: TokenVerifier): Promise<StreamAccess> {
    const grant = await verify(token);
    if (grant === undefined)
      throw unauthorized('The token is not valid here, has expired or lacks the scope "stream".');
    return { ...grant, isCurrent: async () => Date.now() < grant.expiresAtMs };
  }

  #accessOf(principal: Principal): StreamAccess {
    const held: Principal = { name: principal.name, scopes: ['stream'] };
    return {
      name: principal.name,
      restriction: {},
      isCurrent: async () => (await this.#verifyKey.isCurrent?.(held)) ?? true,
    };
  }
}

function offeredProtocols(headers: IncomingHttpHeaders): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError({ status: 401, title: 'Not authorised', detail }, { 'www-authenticate': 'Bearer' });
}
