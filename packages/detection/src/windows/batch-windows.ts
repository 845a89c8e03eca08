import type { ParsedRequest, WindowFeatures } from '@vigil/shared/contracts';
import type { BehaviourEvidence, Evidence } from '../engine/types.ts';
import { BatchLogins } from './batch-logins.ts';
import { behaviourOf, mayBeAttacker, mayBeStrong } from './behaviour.ts';
import {
  BUCKET_FIELDS,
  clearBucket,
  F,
  MINUTE_MS,
  observe,
  observeEvidence,
  SLOW_PERIOD_MS,
  type Observation,
} from './bucket.ts';
import type { PlainFields } from '../formats/plain-combined.ts';
import { NO_EVIDENCE } from '../engine/types.ts';
import { textOf } from '../text/chars.ts';
import { clientNetwork } from './client-network.ts';
import { hasEvidence } from './evidence.ts';
import { featuresOf } from './features.ts';
import { hashText } from './hash.ts';
import { BucketSeries, type StoredHistory } from './history.ts';
import { observationOf, plainObservationOf } from './observation.ts';
import { statusEvidence } from './status-evidence.ts';
import { WindowTotals } from './totals.ts';
import type { WindowDelta } from './window-delta.ts';

/** Called for each line that behaviour may bear on, in the batch's order per client. `features` is computed when called. */
export type Visit = (
  line: number,
  request: ParsedRequest,
  evidence: Evidence,
  behaviour: readonly BehaviourEvidence[],
  features: () => WindowFeatures,
) => void;

/** Lines and buckets are chained by number rather than kept in lists: most clients have one or two of each. */
interface Client {
  ip: string;
  firstLine: number;
  lastLine: number;
  previousMs: number;
  /** Number of the newest bucket, or -1. */
  minute: number;
  period: number;
  hasEvidence: boolean;
  /** Whether it met a missing path or tried to log in. */
  isNotable: boolean;
}

const NONE = -1;

const NO_HISTORY: StoredHistory = { minutes: new Float64Array(0), periods: new Float64Array(0) };
const NO_BUCKETS: readonly Float64Array[] = Object.freeze([]);
const NO_BEHAVIOUR: readonly BehaviourEvidence[] = Object.freeze([]);
/** An IPv6 address with a zone, or a short host name. */
const ADDRESS_LENGTH_MAX = 64;
const UNKNOWN_CLIENT = '-';

/**
 * The per-client arithmetic of one batch: first all lines are added and what was found in them, then the store merges the deltas
 * and returns the clients' histories including them, then `walk` tells each line's behaviour as of that line. Since the histories
 * include the batch whether it was merged just now or by an earlier delivery, a batch that comes again is judged alike.
 */
export class BatchWindows {
  readonly #clients = new Map<string, Client>();
  /** Clients of plain lines by their IPv4 address, which saves the making of a text. */
  readonly #clientsByNumber = new Map<number, Client>();
  /** Those that are a network, by each of its addresses. */
  readonly #clientsByAddress = new Map<string, Client>();
  /** What was found in lines that were read as texts; nothing in the others. */
  readonly #evidence = new Map<number, Evidence>();
  /** The same client's next line, or -1. */
  readonly #nextLine: number[] = [];
  readonly #logins = new BatchLogins();
  readonly #exhaustive: boolean;
  readonly #site: number;
  #slab = new Float64Array(256 * BUCKET_FIELDS);
  /** The same client's bucket before, by bucket number, or -1. */
  readonly #olderBucket: number[] = [];

  /**
   * @param exhaustive visit every line, also where behaviour cannot raise the score to an alert
   * @param site of which the lines are that name no host: their source
   */
  constructor(options: { exhaustive?: boolean; site?: string } = {}) {
    this.#exhaustive = options.exhaustive ?? false;
    this.#site = hashText(options.site ?? '');
  }

  /** @param line the request's number within the batch; larger than those before it */
  add(line: number, request: ParsedRequest): void {
    const client = this.#clientOf(request.sourceIp, line);
    this.#add(client, line, observationOf(request, NO_EVIDENCE, client.previousMs, this.#site));
  }

  /** Adds what was found in a line that was added. */
  addEvidence(line: number, request: ParsedRequest, evidence: Evidence): void {
    if (!hasEvidence(evidence)) return;
    const client = this.#clientOf(request.sourceIp, line);
    client.hasEvidence = true;
    this.#evidence.set(line, evidence);
    const seen = observationOf(request, evidence, Number.NaN, this.#site);
    const minute = this.#bucketOf(client.minute, Math.floor(seen.timestampMs / MINUTE_MS));
    observeEvidence(this.#slab, minute * BUCKET_FIELDS, seen);
    // Of slow buckets nobody asks how the lines in them lay apart.
    if (seen.weakRules.length > 0) client.period = this.#observe(client.period, SLOW_PERIOD_MS, seen);
  }

  /** `add` for a plain line in which no rule matches. */
  addPlain(line: number, bytes: Buffer, fields: PlainFields): void {
    const client = this.#plainClientOf(bytes, fields, line);
    this.#add(client, line, plainObservationOf(bytes, fields, client.previousMs, this.#site));
  }

  #add(client: Client, line: number, seen: Observation): void {
    this.#nextLine[line] = NONE;
    if (client.lastLine !== NONE) this.#nextLine[client.lastLine] = line;
    client.lastLine = line;
    client.previousMs = seen.timestampMs;
    client.minute = this.#observe(client.minute, MINUTE_MS, seen);
    client.isNotable ||= seen.isLogin || seen.status === 404;
    if (seen.isLogin && client.ip !== UNKNOWN_CLIENT) this.#logins.add(client.ip, seen);
  }

  /** What the store is to merge; in an order that depends on the lines alone. Lines without a client address add nothing. */
  deltas(): WindowDelta[] {
    const deltas: WindowDelta[] = [];
    for (const client of this.#clients.values()) {
      if (client.ip === UNKNOWN_CLIENT) continue;
      deltas.push({
        key: client.ip,
        minutes: this.#buckets(client.minute),
        periods: this.#buckets(client.period),
        wanted: this.#isWanted(client),
      });
    }
    deltas.push(...this.#logins.deltas());
    return deltas;
  }

  /**
   * @param historyOf what the store holds of a client or a login, the batch included; undefined where it lost it
   * @param requestOf the request of a line that was added
   */
  walk(
    historyOf: (key: string) => StoredHistory | undefined,
    requestOf: (line: number) => ParsedRequest,
    visit: Visit,
  ): void {
    const sprayers = this.#logins.findSprays(historyOf);
    for (const client of this.#clients.values()) {
      if (!this.#isWanted(client)) continue;
      if (client.ip === UNKNOWN_CLIENT) this.#visitWithoutWindows(client, requestOf, visit);
      else {
        const isSprayer = sprayers.size > 0 && sprayers.has(client.ip);
        this.#walkClient(client, isSprayer, historyOf(client.ip) ?? NO_HISTORY, requestOf, visit);
      }
    }
  }

  #isWanted(client: Client): boolean {
    return this.#exhaustive || client.hasEvidence || client.isNotable;
  }

  #walkClient(
    client: Client,
    isSprayer: boolean,
    history: StoredHistory,
    requestOf: (line: number) => ParsedRequest,
    visit: Visit,
  ): void {
    const own = this.#buckets(client.minute);
    const mayAlert = client.hasEvidence || isSprayer;
    if (!this.#exhaustive && !mayAlert && !mayBeStrong(history.minutes, own)) return;
    const minutes = new BucketSeries(history.minutes, own, MINUTE_MS);
    const slow =
      client.period === NONE
        ? undefined
        : new BucketSeries(history.periods, this.#buckets(client.period), SLOW_PERIOD_MS);
    const all = this.#exhaustive || mayBeAttacker(history.minutes, own);
    let previousMs = Number.NaN;
    for (let line = client.firstLine; line !== NONE; line = this.#nextLine[line]!) {
      const request = requestOf(line);
      const evidence = this.#evidenceOf(line);
      const seen = observationOf(request, evidence, previousMs, this.#site);
      previousMs = request.timestampMs;
      minutes.observe(seen);
      if (seen.weakRules.length > 0) slow?.observe(seen);
      const { isLogin } = seen;
      const spray = isSprayer && isLogin ? this.#logins.sprayOf(client.ip, seen) : undefined;
      if (!all && !isLogin && request.status !== 404 && !hasEvidence(evidence)) continue;
      const totals = new WindowTotals(minutes, request.timestampMs);
      const behaviour = behaviourOf(request, evidence, totals, slow, isLogin, spray);
      const outcome = statusEvidence(request, evidence);
      if (outcome !== undefined) behaviour.push(outcome);
      visit(line, request, evidence, behaviour, () => featuresOf(minutes, totals, request.timestampMs));
    }
  }

  #visitWithoutWindows(client: Client, requestOf: (line: number) => ParsedRequest, visit: Visit): void {
    for (let line = client.firstLine; line !== NONE; line = this.#nextLine[line]!) {
      const request = requestOf(line);
      const evidence = this.#evidenceOf(line);
      const outcome = statusEvidence(request, evidence);
      visit(line, request, evidence, outcome === undefined ? NO_BEHAVIOUR : [outcome], () => {
        const none = new BucketSeries(NO_HISTORY.minutes, [], MINUTE_MS);
        return featuresOf(none, new WindowTotals(none, 0), 0);
      });
    }
  }

  #evidenceOf(line: number): Evidence {
    return this.#evidence.get(line) ?? NO_EVIDENCE;
  }

  #clientOf(address: string, line: number): Client {
    const known = this.#clients.get(address) ?? this.#clientsByAddress.get(address);
    if (known !== undefined) return known;
    // No address is longer; what is comes from a line that is no log line, and must not fill the store.
    const ip = clientNetwork(address.length > ADDRESS_LENGTH_MAX ? address.slice(0, ADDRESS_LENGTH_MAX) : address);
    const client = this.#clientBy(ip, line);
    if (ip !== address) this.#clientsByAddress.set(address, client);
    return client;
  }

  #clientBy(ip: string, line: number): Client {
    let client = this.#clients.get(ip);
    if (client === undefined) {
      client = {
        ip,
        firstLine: line,
        lastLine: NONE,
        previousMs: Number.NaN,
        minute: NONE,
        period: NONE,
        hasEvidence: false,
        isNotable: false,
      };
      this.#clients.set(ip, client);
    }
    return client;
  }

  #plainClientOf(bytes: Buffer, { isIpv4, ipv4, ipStart, ipEnd }: PlainFields, line: number): Client {
    if (!isIpv4) return this.#clientOf(textOf(bytes, ipStart, ipEnd), line);
    let client = this.#clientsByNumber.get(ipv4);
    if (client === undefined) {
      client = this.#clientOf(textOf(bytes, ipStart, ipEnd), line);
      this.#clientsByNumber.set(ipv4, client);
    }
    return client;
  }

  /** Observes in the period's bucket of the chain that begins with `newest`; returns what the chain begins with now. */
  #observe(newest: number, periodMs: number, seen: Observation): number {
    const period = Math.floor(seen.timestampMs / periodMs);
    let bucket = this.#bucketOf(newest, period);
    const isNew = bucket === NONE;
    if (isNew) bucket = this.#newBucket(period, newest);
    observe(this.#slab, bucket * BUCKET_FIELDS, periodMs, seen);
    return isNew ? bucket : newest;
  }

  /** The period's bucket of the chain that begins with `newest`, or -1. */
  #bucketOf(newest: number, period: number): number {
    let bucket = newest;
    while (bucket !== NONE && this.#slab[bucket * BUCKET_FIELDS + F.PERIOD] !== period)
      bucket = this.#olderBucket[bucket]!;
    return bucket;
  }

  #newBucket(period: number, older: number): number {
    const bucket = this.#olderBucket.push(older) - 1;
    const at = bucket * BUCKET_FIELDS;
    if (at === this.#slab.length) {
      const larger = new Float64Array(this.#slab.length * 2);
      larger.set(this.#slab);
      this.#slab = larger;
    }
    clearBucket(this.#slab, at, period);
    return bucket;
  }

  /** The buckets of the chain that begins with `newest`, in the order in which they were made. */
  #buckets(newest: number): readonly Float64Array[] {
    if (newest === NONE) return NO_BUCKETS;
    const buckets: Float64Array[] = [];
    for (let bucket = newest; bucket !== NONE; bucket = this.#olderBucket[bucket]!)
      buckets.push(this.#slab.subarray(bucket * BUCKET_FIELDS, (bucket + 1) * BUCKET_FIELDS));
    return buckets.length === 1 ? buckets : buckets.toReversed();
  }
}
