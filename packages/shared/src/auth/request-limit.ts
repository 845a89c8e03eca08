import type { FastifyRequest } from 'fastify';
import { clientNetwork } from '../http/client-network.ts';
import { tooManyRequests } from '../http/problem.ts';
import { TokenBuckets } from '../http/token-buckets.ts';
import type { Principal, Scope } from './api-keys.ts';
import { authenticate, presentedKey, type KeyVerifier } from './authenticate.ts';

export interface RequestLimitOptions {
  /** Requests per minute and key, and those without a valid one per minute and address (IPv6: /64); a quarter of them at once. */
  perMinuteMax: number;
  verifyKey: KeyVerifier;
  onRefused?: () => void;
}

/** The door of what is asked over HTTP: who may come in, and how often. */
export class RequestLimit {
  readonly #options: RequestLimitOptions;
  readonly #buckets: TokenBuckets;
  readonly #admitted = new WeakMap<FastifyRequest, Principal>();

  constructor(options: RequestLimitOptions) {
    this.#options = options;
    const perMinute = options.perMinuteMax;
    this.#buckets = new TokenBuckets({ perSecond: perMinute / 60, burst: Math.max(1, perMinute / 4) });
  }

  /**
   * The `onRequest` of a route, since later the body is in memory already: nobody without a key may fill that.
   * Who has a key is charged by it alone, since strangers may share its holder's address. So even an address that guessed too often has
   * its keys looked up, which is cheap: verifiers ask PostgreSQL now and then however many wrong ones come.
   * Rejects with ProblemError 401, 403, 429 or 503.
   */
  admit(scope: Scope): (request: FastifyRequest) => Promise<void> {
    return async (request) => {
      const principal = await this.#authenticate(request, scope);
      this.#take(`key ${principal.name}`);
      this.#admitted.set(request, principal);
    };
  }

  /** Whose request it is; undefined on routes that admit everybody. */
  principalOf(request: FastifyRequest): Principal | undefined {
    return this.#admitted.get(request);
  }

  async #authenticate(request: FastifyRequest, scope: Scope): Promise<Principal> {
    try {
      return await authenticate(this.#options.verifyKey, presentedKey(request), scope);
    } catch (error) {
      this.#take(`ip ${clientNetwork(request.ip)}`);
      throw error;
    }
  }

  #take(name: string): void {
    const waitSeconds = this.#buckets.take(name);
    if (waitSeconds === 0) return;
    this.#options.onRefused?.();
    throw tooManyRequests(`More than ${this.#options.perMinuteMax} requests a minute.`, waitSeconds);
  }
}
