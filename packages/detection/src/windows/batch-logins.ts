import { BUCKET_FIELDS, clearBucket, F, MINUTE_MS, SLOW_PERIOD_MS, type Observation } from './bucket.ts';
import { hashText } from './hash.ts';
import type { StoredHistory } from './history.ts';
import { isTold, loginName, observeTry, sprayAt, type Spray } from './login-window.ts';
import type { WindowDelta } from './window-delta.ts';

/** Logins that a batch tells apart: who makes up paths shall not fill the store. */
const LOGINS_MAX = 64;

interface Login {
  /** By number. */
  minutes: Map<number, Float64Array>;
  periods: Map<number, Float64Array>;
  /** Who was refused in which minute. */
  refused: { ip: string; minute: number }[];
  /** Minutes in which the login is under a spray. */
  sprays: Map<number, Spray>;
}

/** The tries of one batch by the login that they are at: `BatchWindows` has them by client. */
export class BatchLogins {
  readonly #logins = new Map<string, Login>();

  /** Adds a try to log in. */
  add(ip: string, seen: Observation): void {
    if (seen.loginHash === -1) return;
    const name = loginName(seen.loginHash);
    let login = this.#logins.get(name);
    if (login === undefined) {
      if (this.#logins.size === LOGINS_MAX) return;
      login = { minutes: new Map(), periods: new Map(), refused: [], sprays: new Map() };
      this.#logins.set(name, login);
    }
    const address = hashText(ip);
    observeIn(login.minutes, MINUTE_MS, seen, address);
    observeIn(login.periods, SLOW_PERIOD_MS, seen, address);
    if (seen.loginRefused) login.refused.push({ ip, minute: minuteOf(seen) });
  }

  /** In an order that depends on the lines alone. Histories are wanted where somebody was refused. */
  *deltas(): Generator<WindowDelta> {
    for (const [key, { minutes, periods, refused }] of this.#logins)
      yield { key, minutes: [...minutes.values()], periods: [...periods.values()], wanted: refused.length > 0 };
  }

  /**
   * Finds the sprays. A try is judged by all that its minute is known to hold, whoever of the batch it comes from.
   * @returns the addresses of which `sprayOf` tells something
   */
  findSprays(historyOf: (name: string) => StoredHistory | undefined): ReadonlySet<string> {
    const told = new Set<string>();
    for (const [name, { minutes, periods, refused, sprays }] of this.#logins) {
      if (refused.length === 0) continue;
      const history = historyOf(name) ?? { minutes: joined(minutes), periods: joined(periods) };
      for (const minute of new Set(refused.map((one) => one.minute))) {
        const spray = sprayAt(history, minute);
        if (spray !== undefined) sprays.set(minute, spray);
      }
      for (const { ip, minute } of sprays.size === 0 ? [] : refused) {
        const spray = sprays.get(minute);
        if (spray !== undefined && isTold(spray, hashText(ip), minute)) told.add(ip);
      }
    }
    return told;
  }

  /** The spray that a try, which was added, is told to belong to. */
  sprayOf(ip: string, seen: Observation): Spray | undefined {
    if (seen.loginHash === -1 || !seen.loginRefused) return undefined;
    const minute = minuteOf(seen);
    const spray = this.#logins.get(loginName(seen.loginHash))?.sprays.get(minute);
    return spray !== undefined && isTold(spray, hashText(ip), minute) ? spray : undefined;
  }
}

function observeIn(buckets: Map<number, Float64Array>, periodMs: number, seen: Observation, address: number): void {
  const period = Math.floor(seen.timestampMs / periodMs);
  let bucket = buckets.get(period);
  if (bucket === undefined) {
    bucket = new Float64Array(BUCKET_FIELDS);
    clearBucket(bucket, 0, period);
    buckets.set(period, bucket);
  }
  observeTry(bucket, seen, seen.timestampMs - bucket[F.PERIOD]! * periodMs, address);
}

function minuteOf({ timestampMs }: Observation): number {
  return Math.floor(timestampMs / MINUTE_MS);
}

function joined(buckets: ReadonlyMap<number, Float64Array>): Float64Array {
  const slab = new Float64Array(buckets.size * BUCKET_FIELDS);
  let at = 0;
  for (const bucket of buckets.values()) {
    slab.set(bucket, at);
    at += BUCKET_FIELDS;
  }
  return slab;
}
