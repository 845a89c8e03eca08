import type { CompiledFilter } from '@vigil/shared/alerts/alert-filter';
import type { ControlFrame } from '@vigil/shared/contracts';
import type { AlertEntry } from './alert-ring.ts';
import { encodeAlerts, encodeControl, type Encoding } from './frames.ts';

/** A client of a group. Must not throw and must not block. */
export interface GroupMember {
  /** Messages that carry all of the filter's alerts up to `cursor`. */
  deliver(messages: readonly Buffer[], cursor: number): void;
}

/** Alerts of a batch wait at most this long for others. */
const COALESCE_MS = 20;
/** …and at most this many wait. */
const COALESCE_ALERTS_MAX = 500;

/** Clients that get the very same bytes: one filter, one encoding. Alerts are matched and encoded once for all of them. */
export class LiveGroup {
  readonly key: string;
  readonly #members = new Set<GroupMember>();
  readonly #filter: CompiledFilter;
  readonly #encoding: Encoding;
  #pending: AlertEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Seq up to which members have been served. */
  #cursor: number;
  /** Seq up to which alerts were offered. */
  #offered: number;

  constructor(key: string, filter: CompiledFilter, encoding: Encoding, cursor: number) {
    this.key = key;
    this.#filter = filter;
    this.#encoding = encoding;
    this.#cursor = cursor;
    this.#offered = cursor;
  }

  get size(): number {
    return this.#members.size;
  }

  /** From now on the member gets what follows the last alert offered; what waits goes to the others first. */
  add(member: GroupMember): void {
    this.flush();
    this.#members.add(member);
  }

  remove(member: GroupMember): void {
    this.#members.delete(member);
  }

  /** @param upTo the last seq of the entries */
  offer(entries: readonly AlertEntry[], upTo: number): void {
    for (const entry of entries) if (this.#filter.matches(entry.alert)) this.#pending.push(entry);
    this.#offered = upTo;
    if (this.#encoding !== 'batch' || this.#pending.length >= COALESCE_ALERTS_MAX) this.flush();
    else if (this.#pending.length > 0) this.#timer ??= setTimeout(() => this.flush(), COALESCE_MS);
  }

  /** Sends a control frame after whatever waits, to members that get such; for all of them the cursor moves. */
  announce(frame: (cursor: number) => ControlFrame, upTo = this.#offered): void {
    this.flush();
    this.#offered = upTo;
    this.#cursor = upTo;
    const message = encodeControl(this.#encoding, frame(upTo));
    this.#deliver(message === undefined ? [] : [message]);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#pending;
    this.#pending = [];
    this.#cursor = this.#offered;
    if (entries.length > 0) this.#deliver(encodeAlerts(this.#encoding, entries, this.#cursor));
  }

  #deliver(messages: readonly Buffer[]): void {
    for (const member of this.#members) member.deliver(messages, this.#cursor);
  }
}
