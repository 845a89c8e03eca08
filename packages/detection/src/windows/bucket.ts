import { bitOf, setBit } from './bitmap.ts';

/**
 * What one client did in one period (a minute, or three hours for the slow buckets), as numbers that merge in any order: sums, a
 * minimum, a maximum and bitmaps. So scorers add to the same bucket without seeing each other's lines.
 * A bucket is `BUCKET_FIELDS` numbers somewhere in a Float64Array; these are the offsets.
 */
export const F = {
  /** Number of the period since the epoch. */
  PERIOD: 0,
  REQUESTS: 1,
  ERRORS: 2,
  POST: 3,
  HEAD: 4,
  OPTIONS: 5,
  PUT: 6,
  DELETE: 7,
  OTHER_METHODS: 8,
  NOT_FOUND: 9,
  /** Tries to log in: refused, and with any other answer. */
  LOGIN_FAILURES: 10,
  LOGIN_OTHERS: 11,
  WEAK_REQUESTS: 12,
  /** Requests whose text alone is an attack. */
  ATTACKS: 13,
  /** Pauses between requests of one batch: how many, their sum and the sum of their squares, seconds. */
  GAPS: 14,
  DEPTH_SUM: 15,
  BYTES: 16,
  DEPTH_SQUARES: 17,
  GAP_SECONDS: 18,
  GAP_SQUARES: 19,
  /** First and last request, ms since the period began. */
  FIRST_MS: 20,
  LAST_MS: 21,
  /** From here on, words of 32 bits. */
  STATUSES: 22,
  AGENTS: 23,
  WEAK_RULES: 25,
  WEAK_PAIRS: 27,
  PATHS: 29,
  MISSING_PATHS: 33,
  ATTACK_TARGETS: 37,
} as const;

export const BUCKET_FIELDS = 39;
export const STATUS_WORDS = 1;
export const AGENT_WORDS = 2;
export const WEAK_WORDS = 2;
export const PATH_WORDS = 4;
export const ATTACK_WORDS = 2;

const FIRST_SUM = F.REQUESTS;
const LAST_SUM = F.GAP_SQUARES;

/** Of the newest buckets, so many are kept per client (see `keepBuckets`). Twelve minutes cover the ten of the widest window. */
export const MINUTES_KEPT = 12;
/** Slow buckets kept per client. */
export const SLOW_PERIODS_KEPT = 3;
export const MINUTE_MS = 60_000;
/** Weak hits are forgotten after two to three of these. */
export const SLOW_PERIOD_MS = 3 * 3_600_000;

/** What a bucket takes in of one request. One object is reused for all lines. */
export interface Observation {
  timestampMs: number;
  /** Previous request of the same client in the batch, epoch ms; NaN for the first. */
  previousMs: number;
  method: string;
  status: number;
  bytes: number;
  pathHash: number;
  /** Slashes in the path, at most 255. */
  pathDepth: number;
  agentHash: number;
  /** Hash of a path that the client looked for and that is not there, or -1. */
  missingHash: number;
  isLogin: boolean;
  /** Where `isLogin`: hash of the login, or -1 where it is none of people's, or where the status tells nothing; and whether it refused. */
  loginHash: number;
  loginRefused: boolean;
  /** Hashes of the weak rules that matched, and of each with the target. */
  weakRules: readonly number[];
  weakPairs: readonly number[];
  /** Hash of the target where the request's text alone is an attack, or -1. */
  attackHash: number;
}

/** Makes the bucket at `at` an empty one of `period`. */
export function clearBucket(slab: Float64Array, at: number, period: number): void {
  slab.fill(0, at, at + BUCKET_FIELDS);
  slab[at + F.PERIOD] = period;
  slab[at + F.FIRST_MS] = Number.MAX_SAFE_INTEGER;
}

/** Adds one request to the bucket at `at`. */
export function observe(slab: Float64Array, at: number, periodMs: number, seen: Observation): void {
  add(slab, at + F.REQUESTS, 1);
  if (seen.status >= 400) add(slab, at + F.ERRORS, 1);
  if (seen.missingHash !== -1) {
    add(slab, at + F.NOT_FOUND, 1);
    setBit(slab, at + F.MISSING_PATHS, bitOf(seen.missingHash, PATH_WORDS));
  }
  const counter = methodField(seen.method);
  if (counter !== 0) add(slab, at + counter, 1);
  if (seen.isLogin) add(slab, at + (isRefusal(seen.status) ? F.LOGIN_FAILURES : F.LOGIN_OTHERS), 1);
  add(slab, at + F.BYTES, seen.bytes);
  add(slab, at + F.DEPTH_SUM, seen.pathDepth);
  add(slab, at + F.DEPTH_SQUARES, seen.pathDepth * seen.pathDepth);
  observeTime(slab, at, periodMs, seen);
  setBit(slab, at + F.STATUSES, statusBit(seen.status));
  setBit(slab, at + F.AGENTS, bitOf(seen.agentHash, AGENT_WORDS));
  setBit(slab, at + F.PATHS, bitOf(seen.pathHash, PATH_WORDS));
  observeEvidence(slab, at, seen);
}

/** Adds what the rules found in a request whose bucket is at `at`. */
export function observeEvidence(slab: Float64Array, at: number, seen: Observation): void {
  if (seen.attackHash !== -1) {
    add(slab, at + F.ATTACKS, 1);
    setBit(slab, at + F.ATTACK_TARGETS, bitOf(seen.attackHash, ATTACK_WORDS));
  }
  if (seen.weakRules.length === 0) return;
  add(slab, at + F.WEAK_REQUESTS, 1);
  for (const hash of seen.weakRules) setBit(slab, at + F.WEAK_RULES, bitOf(hash, WEAK_WORDS));
  for (const hash of seen.weakPairs) setBit(slab, at + F.WEAK_PAIRS, bitOf(hash, WEAK_WORDS));
}

function observeTime(slab: Float64Array, at: number, periodMs: number, seen: Observation): void {
  const sinceStart = seen.timestampMs - slab[at + F.PERIOD]! * periodMs;
  if (sinceStart < slab[at + F.FIRST_MS]!) slab[at + F.FIRST_MS] = sinceStart;
  if (sinceStart > slab[at + F.LAST_MS]!) slab[at + F.LAST_MS] = sinceStart;
  const gapSeconds = (seen.timestampMs - seen.previousMs) / 1000;
  // A gap that began in an earlier bucket is told by the buckets' first and last times; clocks that step back tell nothing.
  if (!(gapSeconds >= 0 && gapSeconds * 1000 <= sinceStart)) return;
  add(slab, at + F.GAPS, 1);
  add(slab, at + F.GAP_SECONDS, gapSeconds);
  add(slab, at + F.GAP_SQUARES, gapSeconds * gapSeconds);
}

/** Merges a bucket of the same period into the one at `at`. */
export function mergeBucket(into: Float64Array, at: number, from: Float64Array, fromAt: number): void {
  for (let i = FIRST_SUM; i <= LAST_SUM; i += 1) into[at + i]! += from[fromAt + i]!;
  into[at + F.FIRST_MS] = Math.min(into[at + F.FIRST_MS]!, from[fromAt + F.FIRST_MS]!);
  into[at + F.LAST_MS] = Math.max(into[at + F.LAST_MS]!, from[fromAt + F.LAST_MS]!);
  for (let i: number = F.STATUSES; i < BUCKET_FIELDS; i += 1) into[at + i] = (into[at + i]! | from[fromAt + i]!) >>> 0;
}

/**
 * Takes a bucket that had been merged out again: sums exactly; a bit goes even where others had set it too, so that distinct counts
 * are low rather than high until the bit's own line is observed again. First and last stay.
 */
export function subtractBucket(from: Float64Array, at: number, own: Float64Array, ownAt: number): void {
  for (let i = FIRST_SUM; i <= LAST_SUM; i += 1) from[at + i] = Math.max(0, from[at + i]! - own[ownAt + i]!);
  for (let i: number = F.STATUSES; i < BUCKET_FIELDS; i += 1) from[at + i] = (from[at + i]! & ~own[ownAt + i]!) >>> 0;
}

function add(slab: Float64Array, at: number, amount: number): void {
  slab[at]! += amount;
}

/** By how much the statuses of each 32 are moved: those that are a multiple of 32 apart, as 404 and 500 are, would share a bit. */
const STATUS_SHIFTS = new Uint8Array(32);
STATUS_SHIFTS[304 >>> 5] = 23;
STATUS_SHIFTS[429 >>> 5] = 9;
STATUS_SHIFTS[500 >>> 5] = 11;

/** Bit of a status, of 32: one of its own for each of those that servers usually give. */
function statusBit(status: number): number {
  return ((status + STATUS_SHIFTS[(status >>> 5) & 31]!) * 11) & 31;
}

/** Counter of a method; 0 for GET, which is what remains. */
function methodField(method: string): number {
  switch (method) {
    case 'GET':
      return 0;
    case 'POST':
      return F.POST;
    case 'HEAD':
      return F.HEAD;
    case 'OPTIONS':
      return F.OPTIONS;
    case 'PUT':
      return F.PUT;
    case 'DELETE':
      return F.DELETE;
    default:
      return F.OTHER_METHODS;
  }
}

/** Answers by which login endpoints refuse. */
function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 400 || status === 422 || status === 429;
}
