import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** Long enough to open a WebSocket, short enough that one found in a log is of no use. */
export const TICKET_LIFETIME_SECONDS = 30;

const claimsSchema = z.object({ name: z.string(), expires: z.number(), nonce: z.string() });

/**
 * Tickets for browsers, which can put no header on a WebSocket: signed, short-lived, used once per gateway. They carry the
 * name of the key that asked for them and nothing that lasts.
 */
export class Tickets {
  readonly #secret: Buffer;
  readonly #now: () => number;
  /** Nonces of used tickets, in the order of their use, until they would have expired anyway. */
  readonly #used = new Map<string, number>();

  /** @param secret the same on all gateways behind one address; random where there is none */
  constructor(secret?: string, now: () => number = Date.now) {
    this.#secret = secret === undefined ? randomBytes(32) : Buffer.from(secret);
    this.#now = now;
  }

  issue(name: string): string {
    const expires = this.#now() + TICKET_LIFETIME_SECONDS * 1_000;
    const claims = { name, expires, nonce: randomBytes(12).toString('base64url') };
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${body}.${this.#sign(body).toString('base64url')}`;
  }

  /** Name of the key behind a ticket, once; undefined for anything else. */
  redeem(ticket: string): string | undefined {
    const [body = '', signature = ''] = ticket.split('.');
    const given = Buffer.from(signature, 'base64url');
    const expected = this.#sign(body);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = claimsSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
    this.#forgetExpired();
    if (claims.expires <= this.#now() || this.#used.has(claims.nonce)) return undefined;
    this.#used.set(claims.nonce, claims.expires);
    return claims.name;
  }

  #sign(body: string): Buffer {
    return createHmac('sha256', this.#secret).update(`vigil-ticket:${body}`).digest();
  }

  #forgetExpired(): void {
    for (const [nonce, expires] of this.#used) if (expires <= this.#now()) this.#used.delete(nonce);
  }
}
