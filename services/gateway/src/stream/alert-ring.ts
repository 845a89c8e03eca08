import { alertJson } from '@vigil/shared/alerts/alert-json';
import type { Alert } from '@vigil/shared/contracts';

/** An alert and its JSON, which is made once, when first wanted. */
export class AlertEntry {
  readonly alert: Alert;
  #json: string | undefined;

  constructor(alert: Alert) {
    this.alert = alert;
  }

  get json(): string {
    this.#json ??= alertJson(this.alert);
    return this.#json;
  }
}

/** Rough size of an alert without its path; the bound on bytes needs no more than that. */
const ENTRY_BYTES = 1_024;

/** The most recent alerts, contiguous by `seq`, bounded in number and (roughly) in bytes. */
export class AlertRing {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  #entries: AlertEntry[] = [];
  /** Index of the oldest entry that still counts: cutting the array's front each time would cost its whole length. */
  #start = 0;
  #bytes = 0;

  constructor(entriesMax: number, bytesMax = entriesMax * ENTRY_BYTES * 4) {
    this.#entriesMax = entriesMax;
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#entries.length - this.#start;
  }

  /** Lowest seq held; undefined while empty. */
  get firstSeq(): number | undefined {
    return this.#entries[this.#start]?.alert.seq;
  }

  /** Adds the entry that follows the last one. */
  push(entry: AlertEntry): void {
    this.#entries.push(entry);
    this.#bytes += bytesOf(entry);
    while (this.size > this.#entriesMax || (this.#bytes > this.#bytesMax && this.size > 1)) {
      this.#bytes -= bytesOf(this.#entries[this.#start]!);
      this.#start += 1;
    }
    if (this.#start > this.#entriesMax) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
  }

  /** At most `limit` entries after `seq`; undefined where some of them are no longer here. */
  after(seq: number, limit: number): AlertEntry[] | undefined {
    const first = this.firstSeq;
    if (first === undefined || seq + 1 < first) return undefined;
    const from = this.#start + (seq + 1 - first);
    return this.#entries.slice(from, from + limit);
  }

  clear(): void {
    this.#entries = [];
    this.#start = 0;
    this.#bytes = 0;
  }
}

/** The first of the entries that take (roughly) so many bytes together; one where that takes more. */
export function fitting(entries: readonly AlertEntry[], bytesMax: number): readonly AlertEntry[] {
  let bytes = 0;
  const over = entries.findIndex((entry) => (bytes += bytesOf(entry)) > bytesMax);
  return over === -1 ? entries : entries.slice(0, Math.max(1, over));
}

function bytesOf(entry: AlertEntry): number {
  return ENTRY_BYTES + entry.alert.request_path.length * 2;
}
