import { distinctFrom, popcount } from './bitmap.ts';
import {
  AGENT_WORDS,
  ATTACK_WORDS,
  BUCKET_FIELDS,
  F,
  MINUTE_MS,
  PATH_WORDS,
  STATUS_WORDS,
  WEAK_WORDS,
} from './bucket.ts';
import type { BucketSeries } from './history.ts';

/**
 * Sums over one client's minutes up to a moment of event time: the last five and ten whole or begun minutes. Minutes after that
 * moment (lines out of order, clocks ahead) do not count.
 */
export class WindowTotals {
  readonly five: Float64Array;
  readonly ten: Float64Array;
  /** The minute that the moment is in, from its beginning. */
  readonly minute: Float64Array;
  /** Requests in the minute, five and ten minutes that end at the moment. */
  readonly requests: { one: number; five: number; ten: number };

  constructor(minutes: BucketSeries, atMs: number) {
    const now = Math.floor(atMs / MINUTE_MS);
    // In one buffer: memory outside of the heap of V8 takes longer to get and to give back than to fill.
    const { buffer, BYTES_PER_ELEMENT } = new Float64Array(3 * BUCKET_FIELDS);
    this.five = new Float64Array(buffer, 0, BUCKET_FIELDS);
    this.ten = new Float64Array(buffer, BUCKET_FIELDS * BYTES_PER_ELEMENT, BUCKET_FIELDS);
    this.minute = new Float64Array(buffer, 2 * BUCKET_FIELDS * BYTES_PER_ELEMENT, BUCKET_FIELDS);
    this.requests = { one: 0, five: 0, ten: 0 };
    // A window slides: of the minute that it leaves, the share that it still covers counts (Cloudflare's sliding window counter).
    const share = 1 - (atMs - now * MINUTE_MS) / MINUTE_MS;
    for (let at = 0; at < minutes.size * BUCKET_FIELDS; at += BUCKET_FIELDS) {
      const age = now - minutes.slab[at + F.PERIOD]!;
      if (age < 0 || age > 10) continue;
      const requests = minutes.slab[at + F.REQUESTS]!;
      this.requests.one += age === 0 ? requests : age === 1 ? requests * share : 0;
      this.requests.five += age < 5 ? requests : age === 5 ? requests * share : 0;
      this.requests.ten += age < 10 ? requests : requests * share;
      if (age === 0) accumulate(this.minute, minutes.slab, at);
      if (age < 5) accumulate(this.five, minutes.slab, at);
      if (age < 10) accumulate(this.ten, minutes.slab, at);
    }
  }
}

/** Sums and ORs the bucket at `at` into `into`; first and last are left alone. */
export function accumulate(into: Float64Array, slab: Float64Array, at: number): void {
  for (let i: number = F.REQUESTS; i <= F.GAP_SQUARES; i += 1) into[i]! += slab[at + i]!;
  for (let i: number = F.STATUSES; i < BUCKET_FIELDS; i += 1) into[i] = (into[i]! | slab[at + i]!) >>> 0;
}

export const distinctPaths = (sums: Float64Array): number => distinctIn(sums, F.PATHS, PATH_WORDS);
export const distinctMissingPaths = (sums: Float64Array): number => distinctIn(sums, F.MISSING_PATHS, PATH_WORDS);
export const distinctAgents = (sums: Float64Array): number => distinctIn(sums, F.AGENTS, AGENT_WORDS);
export const distinctStatuses = (sums: Float64Array): number => setBits(sums, F.STATUSES, STATUS_WORDS);
export const distinctWeakRules = (sums: Float64Array): number => distinctIn(sums, F.WEAK_RULES, WEAK_WORDS);
export const distinctWeakPairs = (sums: Float64Array): number => distinctIn(sums, F.WEAK_PAIRS, WEAK_WORDS);
export const distinctAttackTargets = (sums: Float64Array): number => distinctIn(sums, F.ATTACK_TARGETS, ATTACK_WORDS);

function distinctIn(sums: Float64Array, field: number, words: number): number {
  return distinctFrom(setBits(sums, field, words), words);
}

function setBits(sums: Float64Array, field: number, words: number): number {
  let bits = 0;
  for (let i = field; i < field + words; i += 1) bits += popcount(sums[i]!);
  return bits;
}
