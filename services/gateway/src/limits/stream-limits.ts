import { clientNetwork } from '@vigil/shared/http/client-network';
import { ConnectionCounts } from '@vigil/shared/http/connection-counts';
import { ProblemError } from '@vigil/shared/http/problem';
import { TokenBuckets } from '@vigil/shared/http/token-buckets';
import type { StreamMetrics } from '../stream/stream-metrics.ts';

/** A client that is refused for a full house tries again after this long. */
const FULL_RETRY_SECONDS = 5;

export interface StreamLimitSettings {
  WS_CONNECTIONS_MAX: number;
  WS_CONNECTIONS_PER_IP_MAX: number;
  WS_CONNECTIONS_PER_KEY_MAX: number;
  WS_CONNECTS_PER_SECOND_MAX: number;
}

/** Bounds on stream connections: how many are open, in all, per address (IPv6: /64) and per key, and how fast they are opened. */
export class StreamLimits {
  readonly #settings: StreamLimitSettings;
  readonly #metrics: StreamMetrics;
  readonly #counts = new ConnectionCounts();
  readonly #connects: TokenBuckets;
  #closed = false;

  constructor(settings: StreamLimitSettings, metrics: StreamMetrics) {
    this.#settings = settings;
    this.#metrics = metrics;
    const perSecond = settings.WS_CONNECTS_PER_SECOND_MAX;
    this.#connects = new TokenBuckets({ perSecond, burst: perSecond * 5 });
  }

  /** From now on nobody is admitted: the process stops. */
  shut(): void {
    this.#closed = true;
  }

  /**
   * Lets in whom `admit` lets in. Who has a key is charged by it and his address, others by the address alone: strangers may share it.
   * @throws ProblemError 429 or 503, or whatever `admit` throws
   */
  async admitConnect<T extends { access: { name: string } }>(address: string, admit: () => Promise<T>): Promise<T> {
    if (this.#closed) throw this.#refused('stopping', 503, 1, 'This gateway is stopping; try again.');
    const from = `ip ${clientNetwork(address)}`;
    let admitted: T;
    try {
      admitted = await admit();
    } catch (error) {
      this.#takeConnect(from);
      throw error;
    }
    this.#takeConnect(`key ${admitted.access.name} ${from}`);
    return admitted;
  }

  /** @throws ProblemError 429 or 503 */
  openConnection(address: string, keyName: string): { close: () => void } {
    if (this.#closed) throw this.#refused('stopping', 503, 1, 'This gateway is stopping; try again.');
    const opened = this.#counts.open([
      { name: 'all', max: this.#settings.WS_CONNECTIONS_MAX },
      { name: `ip ${clientNetwork(address)}`, max: this.#settings.WS_CONNECTIONS_PER_IP_MAX },
      { name: `key ${keyName}`, max: this.#settings.WS_CONNECTIONS_PER_KEY_MAX },
    ]);
    if (!('refusedBy' in opened)) return opened;
    const scope = opened.refusedBy.split(' ')[0]!;
    const detail = `Too many open connections (${scope === 'all' ? 'on this gateway' : `of one ${scope}`}).`;
    throw this.#refused(`connections_${scope}`, scope === 'all' ? 503 : 429, FULL_RETRY_SECONDS, detail);
  }

  #takeConnect(name: string): void {
    const waitSeconds = this.#connects.take(name);
    if (waitSeconds > 0) throw this.#refused('connect_rate', 429, waitSeconds, 'Too many connections in short time.');
  }

  #refused(reason: string, status: number, retryAfterSeconds: number, detail: string): ProblemError {
    this.#metrics.refused.inc({ reason });
    const title = status === 503 ? 'Unavailable' : 'Too many requests';
    const problem = { status, title, detail, retry_after_seconds: retryAfterSeconds };
    return new ProblemError(problem, { 'retry-after': String(retryAfterSeconds) });
  }
}
