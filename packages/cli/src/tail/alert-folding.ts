import type { Alert } from '@vigil/client';
import { clientNetwork } from '@vigil/shared/http/client-network';

/** Alerts of one kind that are shown one by one before the rest is summed up. */
const SHOWN_EACH = 3;
/** Kinds that are remembered: an attack from a million addresses must not fill the memory. */
const KINDS_MAX = 1_000;

/** Says that many addresses did together what none of them did alone. */
const SHARED_RULE = 'LOGIN_SPRAY';

/** What one address, or many together, went on with since it was told of last. */
export interface More {
  count: number;
  isFromMany: boolean;
  last: Alert;
  scoreMax: number;
}

interface Kind {
  shown: number;
  more: More | undefined;
}

/**
 * Keeps a scan of thousands of requests from hiding what else happens: of alerts of one address (IPv6: /64) with the same first class and
 * severity, or of many addresses at one login, the first are shown, and what follows is summed up for as long as each look finds more. Has
 * no clock: the caller looks at intervals.
 */
export class AlertFolding {
  readonly #kinds = new Map<string, Kind>();

  /** Kinds that are remembered. */
  get kinds(): number {
    return this.#kinds.size;
  }

  /** Whether to show the alert by itself; if not, the next look counts it. */
  shows(alert: Alert): boolean {
    const isFromMany = alert.matched_rules[0] === SHARED_RULE;
    const who = isFromMany ? ['login', alert.request_path] : [clientNetwork(alert.source_ip)];
    const key = JSON.stringify([...who, alert.classes[0], alert.severity]);
    const kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size < KINDS_MAX) this.#kinds.set(key, { shown: 1, more: undefined });
      return true;
    }
    if (kind.shown < SHOWN_EACH) {
      kind.shown += 1;
      return true;
    }
    const { count, scoreMax } = kind.more ?? { count: 0, scoreMax: 0 };
    kind.more = { count: count + 1, isFromMany, last: alert, scoreMax: Math.max(scoreMax, alert.threat_score) };
    return false;
  }

  /** What was not shown since the last look. Kinds of which there was nothing more begin anew. */
  takeMore(): More[] {
    const taken: More[] = [];
    for (const [key, kind] of this.#kinds) {
      if (kind.more === undefined) {
        this.#kinds.delete(key);
        continue;
      }
      taken.push(kind.more);
      kind.more = undefined;
    }
    return taken;
  }
}
