import type { ParsedRequest } from '@vigil/shared/contracts';
import type { BehaviourEvidence, Evidence } from '../engine/types.ts';
import { BUCKET_FIELDS, F, SLOW_PERIOD_MS } from './bucket.ts';
import { methodEntropy } from './features.ts';
import type { BucketSeries } from './history.ts';
import { ADDRESSES_TOLD_MAX, type Spray } from './login-window.ts';
import { isLoginPage } from './observation.ts';
import {
  accumulate,
  distinctAgents,
  distinctAttackTargets,
  distinctMissingPaths,
  distinctPaths,
  distinctWeakPairs,
  distinctWeakRules,
  type WindowTotals,
} from './totals.ts';

/** Rules that rest on what an address did before and not on the request's text. */
export const WINDOW_RULES = [
  'RATE_ANOMALY',
  'HIGH_ERROR_RATE',
  'METHOD_MIX',
  'PATH_SCAN',
  'ATTACKING_CLIENT',
  'LOGIN_BRUTE_FORCE',
  'LOGIN_SPRAY',
  'PROBING',
  'ENUMERATION',
] as const;
type WindowRule = (typeof WINDOW_RULES)[number];

/** Classes of these rules. */
export const WINDOW_CLASSES = [
  'RATE_ANOMALY',
  'HIGH_ERROR_RATE',
  'METHOD_MIX',
  'RECONNAISSANCE',
  'BRUTE_FORCE',
] as const;
type WindowClass = (typeof WINDOW_CLASSES)[number];

/** Seed: more than this many requests in a minute. */
const RATE_PER_MINUTE_MAX = 100;
/** Seed: more than this share of 4xx and 5xx in five minutes; of fewer requests no share is taken. */
const ERROR_RATE_MAX = 0.5;
const ERROR_RATE_REQUESTS_MIN = 20;
/**
 * Distinct missing paths in five minutes that are a scan: a person meets a handful of dead links, a crawler many, but most of what
 * it fetches exists, hence the share.
 */
const SCAN_PATHS_MIN = 25;
const SCAN_SHARE_MIN = 0.5;
/** With more distinct values than these, nine in ten bits of their bitmaps are set and the rest by chance. */
const PATHS_TOLD_MAX = 250;
const PAIRS_TOLD_MAX = 100;
/** Who uploads asks first whether each file is there; a scanner that uploads, too, could hide in pages that exist as cheaply. */
const UPLOAD_SHARE_MIN = 0.25;
/**
 * Distinct weak rules, and rules with distinct targets, that are probing. People behind one address and crawlers repeat the one or
 * two rules that their site's content trips; who tries payloads trips many, with most of what he sends.
 */
const PROBE_RULES_MIN = 4;
const PROBE_PAIRS_MIN = 8;
const PROBE_SHARE_MIN = 0.15;
/**
 * Rules of which a single hit says little and several with different targets within five minutes say that a list is gone through: how many,
 * whether they must be missing, and of which targets it is said. Numbers of authors are also links where a site has no better URLs,
 * which a crawler follows, and elsewhere than where WordPress answers a filter of books or posts.
 */
const LISTS: ReadonlyMap<string, { targetsMin: number; areMissing: boolean; of?: RegExp }> = new Map([
  ['probe-shell-name', { targetsMin: 4, areMissing: true }],
  [
    'probe-user-listing',
    {
      targetsMin: 5,
      areMissing: false,
      of: /^\/(?:[a-z]{2}\/)?(?:(?:blog|cms|news|site|web|wp|wordpress)\/)?(?:index\.php)?\?/i,
    },
  ],
]);
/** Of all that the client asks for; what it lists may send it to a page each time. */
const LIST_SHARE_MIN = 0.4;
/** Distinct targets are counted for all weak rules together: each further one may have had a few of them. */
const TARGETS_OF_OTHER_RULE = 3;
/**
 * Distinct attacks in ten minutes, and their share of all requests, that make a client an attacker: what else it sends belongs to the
 * same scan. Of an address that many share, attacks are a small part.
 */
const ATTACKS_MIN = 8;
const ATTACK_TARGETS_MIN = 6;
const ATTACK_SHARE_MIN = 0.25;
/**
 * Of an address that sends one agent only, a smaller share is enough once it attacked often: scanners crawl as well, and much of what
 * they send stands in bodies, which no log has.
 */
const LONE_ATTACKS_MIN = 16;
const LONE_ATTACK_SHARE_MIN = 0.1;
/** Tries to log in within five minutes that are guessing; one that is not refused outright counts half. */
const LOGIN_POINTS_MIN = 20;
/**
 * Guessing is most of what a guesser does; an office behind one address also uses what it logs in to. Tools fetch the form before each
 * try, several at once before the first, and some follow where a refusal sends them: who sees nothing but the login may do more of that.
 */
const LOGIN_SHARE_MIN = 0.45;
const ONLY_LOGIN_SHARE_MIN = 0.25;
/** Methods mixed more evenly than an API's clients do, with unusual ones among them. */
const METHOD_ENTROPY_MIN = 1.5;
const METHOD_MIX_REQUESTS_MIN = 20;
const UNUSUAL_METHOD_SHARE_MIN = 0.2;

/**
 * Whether missing paths or logins could be enough for an alert in any window: a cheap look that spares most clients the walk.
 * @param own the batch's buckets, which the stored ones include unless the store lost them
 */
export function mayBeStrong(stored: Float64Array, own: readonly Float64Array[]): boolean {
  let missing = 0;
  let logins = 0;
  const count = (slab: Float64Array, at: number): void => {
    missing += slab[at + F.NOT_FOUND]!;
    logins += slab[at + F.LOGIN_FAILURES]! + slab[at + F.LOGIN_OTHERS]!;
  };
  for (let at = 0; at < stored.length; at += BUCKET_FIELDS) count(stored, at);
  if (stored.length === 0) for (const bucket of own) count(bucket, 0);
  return missing >= SCAN_PATHS_MIN / 2 || logins >= LOGIN_POINTS_MIN;
}

/** Whether the client's attacks could be enough to judge its plain requests by them. */
export function mayBeAttacker(stored: Float64Array, own: readonly Float64Array[]): boolean {
  let attacks = 0;
  for (let at = 0; at < stored.length; at += BUCKET_FIELDS) attacks += stored[at + F.ATTACKS]!;
  if (stored.length === 0) for (const bucket of own) attacks += bucket[F.ATTACKS]!;
  return attacks >= ATTACKS_MIN;
}

/**
 * Evidence that the client's last minutes and the answer add to one request's.
 * @param spray what the login that the request was refused at is under, if anything
 */
export function behaviourOf(
  request: ParsedRequest,
  evidence: Evidence,
  totals: WindowTotals,
  slow: BucketSeries | undefined,
  isLogin: boolean,
  spray: Spray | undefined,
): BehaviourEvidence[] {
  const found: BehaviourEvidence[] = [];
  const { five, requests } = totals;
  const count = five[F.REQUESTS]!;
  if (requests.one > RATE_PER_MINUTE_MAX)
    found.push(weak('RATE_ANOMALY', 'RATE_ANOMALY', 0.3, `${Math.round(requests.one)} requests in 1 minute`));
  const errorRate = five[F.ERRORS]! / Math.max(1, count);
  if (count >= ERROR_RATE_REQUESTS_MIN && errorRate > ERROR_RATE_MAX)
    found.push(weak('HIGH_ERROR_RATE', 'HIGH_ERROR_RATE', 0.25, `${percent(errorRate)} errors in 5 minutes`));
  if (hasUnusualMethods(five))
    found.push(
      weak('METHOD_MIX', 'METHOD_MIX', 0.25, `methods with ${methodEntropy(five).toFixed(1)} bits of entropy`),
    );
  const scan =
    request.status === 404 ? (pathScan(five, '5 minutes') ?? pathScan(totals.minute, 'this minute')) : undefined;
  pushIf(found, scan);
  if (isLogin) pushIf(found, loginGuessing(request.target, five) ?? spraying(request.target, five, spray));
  if (evidence.weakHits.length > 0) {
    pushIf(found, probing(request.timestampMs, totals, slow));
    // Of a scan, that names are gone through is known already.
    if (scan === undefined) pushIf(found, enumerating(request, evidence, five));
  }
  pushIf(found, attacking(totals.ten));
  return found;
}

function pathScan(sums: Float64Array, span: string): BehaviourEvidence | undefined {
  const paths = distinctMissingPaths(sums);
  if (paths < SCAN_PATHS_MIN || sums[F.NOT_FOUND]! < SCAN_SHARE_MIN * sums[F.REQUESTS]!) return undefined;
  if (sums[F.PUT]! >= UPLOAD_SHARE_MIN * sums[F.NOT_FOUND]!) return undefined;
  // With a high rate and many errors, which scans have by nature, it must still not be HIGH.
  return strong('PATH_SCAN', 'RECONNAISSANCE', 0.55, `${told(paths, PATHS_TOLD_MAX)} missing paths in ${span}`);
}

function enumerating(
  request: ParsedRequest,
  { weakHits }: Evidence,
  five: Float64Array,
): BehaviourEvidence | undefined {
  const targets = distinctWeakPairs(five) - TARGETS_OF_OTHER_RULE * (distinctWeakRules(five) - 1);
  const isListed = weakHits.some((rule) => {
    const list = LISTS.get(rule);
    if (list === undefined || targets < list.targetsMin || list.of?.test(request.target) === false) return false;
    if (!list.areMissing) return five[F.WEAK_REQUESTS]! >= LIST_SHARE_MIN * five[F.REQUESTS]!;
    const isMissing = request.status === 404 && distinctMissingPaths(five) >= list.targetsMin;
    return isMissing && five[F.NOT_FOUND]! >= LIST_SHARE_MIN * five[F.REQUESTS]!;
  });
  if (!isListed) return undefined;
  return strong(
    'ENUMERATION',
    'RECONNAISSANCE',
    0.55,
    `${told(targets, PAIRS_TOLD_MAX)} names of one list in 5 minutes`,
  );
}

function attacking(ten: Float64Array): BehaviourEvidence | undefined {
  const attacks = ten[F.ATTACKS]!;
  const isLone = attacks >= LONE_ATTACKS_MIN && distinctAgents(ten) === 1;
  const shareMin = isLone ? LONE_ATTACK_SHARE_MIN : ATTACK_SHARE_MIN;
  if (attacks < ATTACKS_MIN || attacks < shareMin * ten[F.REQUESTS]!) return undefined;
  if (distinctAttackTargets(ten) < ATTACK_TARGETS_MIN) return undefined;
  return strong(
    'ATTACKING_CLIENT',
    'RECONNAISSANCE',
    0.5,
    `${attacks} attacks among ${ten[F.REQUESTS]!} requests in 10 minutes`,
  );
}

function loginGuessing(target: string, five: Float64Array): BehaviourEvidence | undefined {
  const points = five[F.LOGIN_FAILURES]! + five[F.LOGIN_OTHERS]! / 2;
  if (points < LOGIN_POINTS_MIN || !isMostlyLogin(target, five)) return undefined;
  return strong('LOGIN_BRUTE_FORCE', 'BRUTE_FORCE', 0.6, `${loginAttempts(five)} login attempts in 5 minutes`);
}

/** People who are refused while a login is sprayed, or since it is broken, have come by its pages. */
function spraying(target: string, five: Float64Array, spray: Spray | undefined): BehaviourEvidence | undefined {
  if (spray === undefined || !isMostlyLogin(target, five)) return undefined;
  const { tries, addresses, share } = spray;
  const refused = `${told(addresses, ADDRESSES_TOLD_MAX)} addresses were refused, ${percent(share)} of all that tried`;
  return strong('LOGIN_SPRAY', 'BRUTE_FORCE', 0.55, `${tries} attempts at this login in 5 minutes; ${refused}`);
}

function isMostlyLogin(target: string, five: Float64Array): boolean {
  const shareMin = distinctPaths(five) === 1 && isLoginPage(target) ? ONLY_LOGIN_SHARE_MIN : LOGIN_SHARE_MIN;
  return loginAttempts(five) >= shareMin * five[F.REQUESTS]!;
}

function loginAttempts(five: Float64Array): number {
  return five[F.LOGIN_FAILURES]! + five[F.LOGIN_OTHERS]!;
}

/** A leaky bucket of distinct weak hits: fast over ten minutes, slow over the hours before. */
function probing(atMs: number, totals: WindowTotals, slow: BucketSeries | undefined): BehaviourEvidence | undefined {
  const { ten } = totals;
  // A busy address earns no alert for the few odd requests among its many, however long one counts.
  if (ten[F.WEAK_REQUESTS]! < PROBE_SHARE_MIN * ten[F.REQUESTS]!) return undefined;
  if (isProbing(ten)) return probe(ten, '10 minutes');
  if (slow === undefined) return undefined;
  const hours = slowSums(slow, atMs);
  return isProbing(hours) ? probe(hours, '6 hours') : undefined;
}

function isProbing(sums: Float64Array): boolean {
  return distinctWeakRules(sums) >= PROBE_RULES_MIN && distinctWeakPairs(sums) >= PROBE_PAIRS_MIN;
}

function probe(sums: Float64Array, span: string): BehaviourEvidence {
  const text = `${told(distinctWeakPairs(sums), PAIRS_TOLD_MAX)} suspicious requests under ${distinctWeakRules(sums)} rules in ${span}`;
  return strong('PROBING', 'RECONNAISSANCE', 0.55, text);
}

/** A count that was estimated, up to where the estimate means something. */
function told(count: number, most: number): string {
  return count > most ? `more than ${most}` : String(count);
}

function slowSums(slow: BucketSeries, atMs: number): Float64Array {
  const now = Math.floor(atMs / SLOW_PERIOD_MS);
  const sums = new Float64Array(BUCKET_FIELDS);
  for (let at = 0; at < slow.size * BUCKET_FIELDS; at += BUCKET_FIELDS) {
    const age = now - slow.slab[at + F.PERIOD]!;
    if (age >= 0 && age < 2) accumulate(sums, slow.slab, at);
  }
  return sums;
}

function hasUnusualMethods(five: Float64Array): boolean {
  const count = five[F.REQUESTS]!;
  const unusual = five[F.OPTIONS]! + five[F.OTHER_METHODS]! + five[F.PUT]! + five[F.DELETE]!;
  return (
    count >= METHOD_MIX_REQUESTS_MIN &&
    unusual >= UNUSUAL_METHOD_SHARE_MIN * count &&
    methodEntropy(five) >= METHOD_ENTROPY_MIN
  );
}

function pushIf(found: BehaviourEvidence[], item: BehaviourEvidence | undefined): void {
  if (item !== undefined) found.push(item);
}

function weak(rule: WindowRule, category: WindowClass, score: number, excerpt: string): BehaviourEvidence {
  return { rule, class: category, score, weak: true, excerpt };
}

function strong(rule: WindowRule, category: WindowClass, score: number, excerpt: string): BehaviourEvidence {
  return { rule, class: category, score, excerpt };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
