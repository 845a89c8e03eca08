/** Most keys remembered; whoever was idle longest is forgotten, and has a full bucket when he comes back. */
const BUCKETS_MAX = 50_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A token bucket per key (an address, an API key's name): so many at once, so many a second in the long run. */
export class TokenBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  /** In the order of last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: { perSecond: number; burst: number; now?: () => number }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Takes one token. Returns 0, or the seconds after which there will be one. */
  take(key: string): number {
    const atMs = this.#now();
    const old = this.#buckets.get(key);
    const refilled = old === undefined ? this.#burst : old.tokens + ((atMs - old.atMs) / 1_000) * this.#perSecond;
    const tokens = Math.min(this.#burst, refilled);
    const granted = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, atMs });
    if (this.#buckets.size > BUCKETS_MAX) this.#buckets.delete(this.#buckets.keys().next().value!);
    return granted ? 0 : Math.max(1, Math.ceil((1 - tokens) / this.#perSecond));
  }
}
