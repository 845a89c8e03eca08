import type { ParsedRequest, WindowFeatures } from '@vigil/shared/contracts';
import type { BehaviourEvidence, Evidence } from '../index.ts';
import { behaviourOf } from './behaviour.ts';
import { BUCKET_FIELDS, clearBucket, F, MINUTE_MS, observe, SLOW_PERIOD_MS, type Observation } from './bucket.ts';
import { hasEvidence } from './evidence.ts';
import { featuresOf } from './features.ts';
import { BucketSeries, type StoredHistory } from './history.ts';
import { observationOf } from './observation.ts';
import { statusEvidence } from './status-evidence.ts';
import { WindowTotals } from './totals.ts';

/** What a batch adds to one client's windows. */
export interface WindowDelta {
  ip: string;
  /** One bucket per minute that the batch touches. */
  minutes: Float64Array[];
  /** Slow buckets, which only lines with weak hits fill. */
  periods: Float64Array[];
  /** Whether `walk` needs the client's history; the store may leave out the others'. */
  wanted: boolean;
}

/** Called for each line that behaviour may bear on, in the batch's order per client. `features` is computed when called. */
export type Visit = (line: number, behaviour: readonly BehaviourEvidence[], features: () => WindowFeatures) => void;

interface Client {
  ip: string;
  lines: number[];
  previousMs: number;
  minutes: number[];
  periods: number[];
  wanted: boolean;
}

const NO_HISTORY: StoredHistory = { minutes: new Float64Array(0), periods: new Float64Array(0) };
const NO_BEHAVIOUR: readonly BehaviourEvidence[] = Object.freeze([]);
/** An IPv6 address with a zone, or a short host name. */
const ADDRESS_LENGTH_MAX = 64;
const UNKNOWN_CLIENT = '-';

/**
 * The per-client arithmetic of one batch: first all lines are added, then the store merges the deltas and returns the clients'
 * histories including them, then `walk` tells each line's behaviour as of that line. Since the histories include the batch whether
 * it was merged just now or by an earlier delivery, a batch that comes again is judged alike.
 */
export class BatchWindows {
  readonly #clients = new Map<string, Client>();
  readonly #requests: ParsedRequest[] = [];
  readonly #evidence: Evidence[] = [];
  readonly #exhaustive: boolean;
  #slab = new Float64Array(256 * BUCKET_FIELDS);
  #slabUsed = 0;

  /** @param exhaustive visit every line, also where behaviour cannot raise the score to an alert */
  constructor(options: { exhaustive?: boolean } = {}) {
    this.#exhaustive = options.exhaustive ?? false;
  }

  /** Adds the next line; returns its number within the batch. */
  add(request: ParsedRequest, evidence: Evidence): number {
    const line = this.#requests.push(request) - 1;
    this.#evidence.push(evidence);
    const client = this.#clientOf(request.sourceIp);
    client.lines.push(line);
    const seen = observationOf(request, evidence, client.previousMs);
    client.previousMs = request.timestampMs;
    this.#observe(client.minutes, MINUTE_MS, seen);
    if (seen.weakRules.length > 0) this.#observe(client.periods, SLOW_PERIOD_MS, seen);
    client.wanted ||= this.#exhaustive || seen.isLogin || request.status === 404 || hasEvidence(evidence);
    return line;
  }

  /** What the store is to merge; in an order that depends on the lines alone. Lines without a client address add nothing. */
  deltas(): WindowDelta[] {
    const bucket = (at: number): Float64Array => this.#slab.subarray(at, at + BUCKET_FIELDS);
    const deltas: WindowDelta[] = [];
    for (const { ip, minutes, periods, wanted } of this.#clients.values())
      if (ip !== UNKNOWN_CLIENT)
        deltas.push({ ip, minutes: minutes.map(bucket), periods: periods.map(bucket), wanted });
    return deltas;
  }

  /** @param historyOf what the store holds of a client, the batch included; undefined where it lost it */
  walk(historyOf: (ip: string) => StoredHistory | undefined, visit: Visit): void {
    for (const client of this.#clients.values()) {
      if (!client.wanted) continue;
      if (client.ip === UNKNOWN_CLIENT) this.#visitWithoutWindows(client, visit);
      else this.#walkClient(client, historyOf(client.ip) ?? NO_HISTORY, visit);
    }
  }

  #walkClient(client: Client, history: StoredHistory, visit: Visit): void {
    const own = (starts: number[]): Float64Array[] => starts.map((at) => this.#slab.subarray(at, at + BUCKET_FIELDS));
    const minutes = new BucketSeries(history.minutes, own(client.minutes), MINUTE_MS);
    const slow =
      client.periods.length === 0 ? undefined : new BucketSeries(history.periods, own(client.periods), SLOW_PERIOD_MS);
    let previousMs = Number.NaN;
    for (const line of client.lines) {
      const request = this.#requests[line]!;
      const evidence = this.#evidence[line]!;
      const seen = observationOf(request, evidence, previousMs);
      previousMs = request.timestampMs;
      minutes.observe(seen);
      if (seen.weakRules.length > 0) slow?.observe(seen);
      const { isLogin } = seen;
      if (!this.#exhaustive && !isLogin && request.status !== 404 && !hasEvidence(evidence)) continue;
      const totals = new WindowTotals(minutes, request.timestampMs);
      const behaviour = behaviourOf(request, evidence, totals, slow, isLogin);
      const outcome = statusEvidence(request, evidence);
      if (outcome !== undefined) behaviour.push(outcome);
      visit(line, behaviour, () => featuresOf(minutes, totals, request.timestampMs));
    }
  }

  #visitWithoutWindows(client: Client, visit: Visit): void {
    for (const line of client.lines) {
      const outcome = statusEvidence(this.#requests[line]!, this.#evidence[line]!);
      visit(line, outcome === undefined ? NO_BEHAVIOUR : [outcome], () => {
        const none = new BucketSeries(NO_HISTORY.minutes, [], MINUTE_MS);
        return featuresOf(none, new WindowTotals(none, 0), 0);
      });
    }
  }

  #clientOf(address: string): Client {
    // No address is longer; what is comes from a line that is no log line, and must not fill the store.
    const ip = address.length > ADDRESS_LENGTH_MAX ? address.slice(0, ADDRESS_LENGTH_MAX) : address;
    let client = this.#clients.get(ip);
    if (client === undefined) {
      client = { ip, lines: [], previousMs: Number.NaN, minutes: [], periods: [], wanted: false };
      this.#clients.set(ip, client);
    }
    return client;
  }

  #observe(starts: number[], periodMs: number, seen: Observation): void {
    const period = Math.floor(seen.timestampMs / periodMs);
    for (let i = starts.length - 1; i >= 0; i -= 1) {
      if (this.#slab[starts[i]! + F.PERIOD] !== period) continue;
      observe(this.#slab, starts[i]!, periodMs, seen);
      return;
    }
    const at = this.#newBucket(period);
    starts.push(at);
    observe(this.#slab, at, periodMs, seen);
  }

  #newBucket(period: number): number {
    const at = this.#slabUsed;
    this.#slabUsed += BUCKET_FIELDS;
    if (this.#slabUsed > this.#slab.length) {
      const larger = new Float64Array(this.#slab.length * 2);
      larger.set(this.#slab);
      this.#slab = larger;
    }
    clearBucket(this.#slab, at, period);
    return at;
  }
}
