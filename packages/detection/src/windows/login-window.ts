import { distinctFrom, popcount, setBit } from './bitmap.ts';
import { BUCKET_FIELDS, F, MINUTE_MS, SLOW_PERIOD_MS, type Observation } from './bucket.ts';
import { mix } from './hash.ts';
import type { StoredHistory } from './history.ts';

/*
 * What many addresses do at one login, which the windows of none of them show. A login's tries are counted in buckets as a client's
 * requests are (`bucket.ts`), in the same stores and under a name that no address has; only what the fields mean differs. So they merge,
 * expire and stay bounded alike, and a scorer of a release that knows of no logins never asks for them.
 */
const L = {
  /** Tries that were refused, and that were not. */
  REFUSED: F.REQUESTS,
  TAKEN: F.ERRORS,
  /** Bitmaps of the addresses: of all of them, and of one in `SAMPLE`, which is not full before there are thousands. */
  REFUSED_ALL: F.STATUSES,
  REFUSED_SAMPLE: F.STATUSES + 4,
  TAKEN_ALL: F.STATUSES + 8,
  TAKEN_SAMPLE: F.STATUSES + 12,
} as const;

const BITMAP_WORDS = 4;
const BITS = BITMAP_WORDS * 32;
const SAMPLE = 16;
/** With more distinct values than these, nine in ten bits of a bitmap are set. */
const ALL_TOLD_MAX = 300;
/** Up to here an estimate means something. */
export const ADDRESSES_TOLD_MAX = 4_000;

/** Names of logins are told apart by so many bits: who makes up paths by the million must not fill the store. */
const NAME_BITS = 16;

const WINDOW_MINUTES = 5;
/** Refused addresses that are a spray: of those who forgot their password, and of the noise that every login has, there are fewer. */
const SPRAY_ADDRESSES_MIN = 40;
/**
 * Of all addresses that tried. Counted by address, not by try: a monitor that logs in each second is one, and so is a script that has
 * an old password. People who mistype get in next, so that ordinary logins refuse less than half.
 */
const SPRAY_SHARE_MIN = 0.9;
/**
 * As many times those who usually get in within as long: a login that refuses everybody, since a release broke it, refuses those who
 * come anyway.
 */
const USUAL_FACTOR_MIN = 2;
/** Slow buckets that are the last hours. */
const HOURS_PERIODS = 2;
/** Addresses of a spray whose tries alert within the window; of more only a share does. */
const ADDRESSES_ALERTING_MAX = 32;
/** So many tries of the last hours weigh as much as an address does now: what goes on is told of less and less. */
const PAST_TRIES_PER_ADDRESS = 8;

/** How a try ended, where the answer's status tells. */
export type LoginOutcome = 'refused' | 'taken' | 'unknown';

/** A spray, as the last minutes show it. */
export interface Spray {
  tries: number;
  /** Distinct ones that were refused, an estimate. */
  addresses: number;
  /** Of all addresses, 0..1. */
  share: number;
  /** Of so many tries, a power of two, one is told. */
  oneIn: number;
}

/** Where WordPress shows its form again, with 200, it has refused; who gets in is sent on. */
const WORDPRESS = /\/wp-login\.php$/i;

/**
 * What a status says of a try. A limit (429) and a failure of the server judged no password, and a page that moved (301, 307, 308)
 * did not either. Forms that answer 200 or 302 whatever happened count as taken: of them nothing is known.
 */
export function loginOutcome(path: string, status: number): LoginOutcome {
  if (status === 401 || status === 403 || status === 400 || status === 422) return 'refused';
  if (status === 302 || status === 303) return 'taken';
  if (status < 200 || status >= 300) return 'unknown';
  return status === 200 && WORDPRESS.test(path) ? 'refused' : 'taken';
}

/** The login's name in a store. No log line has a newline, so that no address is called so. */
export function loginName(hash: number): string {
  return `login\n${(hash & ((1 << NAME_BITS) - 1)).toString(16)}`;
}

/**
 * Adds a try to a bucket.
 * @param sinceStart ms since the bucket's period began
 * @param address hash of who tried
 */
export function observeTry(bucket: Float64Array, seen: Observation, sinceStart: number, address: number): void {
  const { loginRefused: refused } = seen;
  bucket[refused ? L.REFUSED : L.TAKEN]! += 1;
  bucket[F.FIRST_MS] = Math.min(bucket[F.FIRST_MS]!, sinceStart);
  setBit(bucket, refused ? L.REFUSED_ALL : L.TAKEN_ALL, address % BITS);
  const rest = Math.floor(address / BITS);
  if (rest % SAMPLE === 0)
    setBit(bucket, refused ? L.REFUSED_SAMPLE : L.TAKEN_SAMPLE, Math.floor(rest / SAMPLE) % BITS);
}

/**
 * The spray that a login is under in a minute of event time, if any, by this minute and those before it.
 * @param history of the login
 * @param now number of the minute since the epoch
 */
export function sprayAt({ minutes, periods }: StoredHistory, now: number): Spray | undefined {
  const sums = new Float64Array(BUCKET_FIELDS);
  for (let at = 0; at < minutes.length; at += BUCKET_FIELDS) {
    const age = now - minutes[at + F.PERIOD]!;
    if (age >= 0 && age < WINDOW_MINUTES) add(sums, minutes, at);
  }
  if (sums[L.REFUSED]! < SPRAY_ADDRESSES_MIN) return undefined;
  const addresses = distinct(sums, L.REFUSED_ALL, L.REFUSED_SAMPLE);
  const share = addresses / (addresses + distinct(sums, L.TAKEN_ALL, L.TAKEN_SAMPLE));
  if (addresses < SPRAY_ADDRESSES_MIN || share < SPRAY_SHARE_MIN) return undefined;
  const hours = hoursUntil(periods, (now + 1) * MINUTE_MS);
  if (addresses < USUAL_FACTOR_MIN * hours.usuallyTaken) return undefined;
  const many = Math.max(addresses, hours.refused / PAST_TRIES_PER_ADDRESS);
  const oneIn = 2 ** Math.max(0, Math.ceil(Math.log2(many / ADDRESSES_ALERTING_MAX)));
  return { tries: sums[L.REFUSED]! + sums[L.TAKEN]!, addresses, share, oneIn };
}

/**
 * Whether a try of a spray alerts. Ten thousand addresses show no more than a few of them do, so that of many a share is told: the same
 * tries whenever they are judged, and those of other addresses each minute.
 */
export function isTold({ oneIn }: Spray, address: number, minute: number): boolean {
  return mix(address ^ minute) % oneIn === 0;
}

/** The hours until a moment: addresses that got in within as long as the window is, on average, and all tries that were refused. */
function hoursUntil(periods: Float64Array, atMs: number): { usuallyTaken: number; refused: number } {
  const now = Math.floor((atMs - 1) / SLOW_PERIOD_MS);
  let addresses = 0;
  let refused = 0;
  let firstMs = atMs;
  for (let at = 0; at < periods.length; at += BUCKET_FIELDS) {
    const period = periods[at + F.PERIOD]!;
    if (period > now || period <= now - HOURS_PERIODS) continue;
    addresses += distinct(periods, L.TAKEN_ALL, L.TAKEN_SAMPLE, at);
    refused += periods[at + L.REFUSED]!;
    firstMs = Math.min(firstMs, period * SLOW_PERIOD_MS + periods[at + F.FIRST_MS]!);
  }
  const windowMs = WINDOW_MINUTES * MINUTE_MS;
  return { usuallyTaken: (addresses * windowMs) / Math.max(windowMs, atMs - firstMs), refused };
}

function add(into: Float64Array, slab: Float64Array, at: number): void {
  for (const field of [L.REFUSED, L.TAKEN]) into[field]! += slab[at + field]!;
  for (let i: number = L.REFUSED_ALL; i < L.TAKEN_SAMPLE + BITMAP_WORDS; i += 1)
    into[i] = (into[i]! | slab[at + i]!) >>> 0;
}

function distinct(slab: Float64Array, all: number, sample: number, at = 0): number {
  const count = distinctFrom(setBits(slab, at + all), BITMAP_WORDS);
  return count <= ALL_TOLD_MAX ? count : SAMPLE * distinctFrom(setBits(slab, at + sample), BITMAP_WORDS);
}

function setBits(slab: Float64Array, from: number): number {
  let bits = 0;
  for (let i = from; i < from + BITMAP_WORDS; i += 1) bits += popcount(slab[i]!);
  return bits;
}
