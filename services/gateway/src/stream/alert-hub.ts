import { setTimeout as delay } from 'node:timers/promises';
import type { CompiledFilter } from '@vigil/shared/alerts/alert-filter';
import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import type { Alert } from '@vigil/shared/contracts';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { retry } from '@vigil/shared/lifecycle/retry';
import type { Logger } from '@vigil/shared/logging/logger';
import { AlertEntry, AlertRing } from './alert-ring.ts';
import type { AlertPage, AlertStore } from './alert-store.ts';
import type { Encoding } from './frames.ts';
import { LiveGroup, type GroupMember } from './live-group.ts';
import type { StreamMetrics } from './stream-metrics.ts';

const PAGE_ALERTS = 1_000;
/** A quiet bus is checked against PostgreSQL this often: the last alert before a silence may have been lost. */
const TAIL_CHECK_MS = 1_000;
/** A seq that came over the bus and is not in PostgreSQL after this long was never given; the relay commits before it publishes. */
const UNKNOWN_SEQ_PATIENCE_MS = 10_000;
const UNKNOWN_SEQ_RETRY_MS = 50;
/** Time between the two looks that it takes to believe that PostgreSQL went back. */
const SECOND_LOOK_MS = 100;

export interface HubOptions {
  bus: AlertBus;
  store: AlertStore;
  lifecycle: Lifecycle;
  log: Logger;
  metrics: StreamMetrics;
  recentAlertsMax: number;
}

/**
 * All alerts of this gateway in `seq` order, each once: what the bus brings, and from PostgreSQL what it lost. Nothing is passed on
 * beyond a hole before the hole is filled or known to be for ever.
 */
export class AlertHub {
  readonly ring: AlertRing;
  readonly #options: HubOptions;
  readonly #groups = new Map<string, LiveGroup>();
  /** Arrived ahead of a hole. */
  readonly #early = new Map<number, AlertEntry>();
  #head = 0;
  #timeline = 0;
  #filling: Promise<void> | undefined;
  #heardSinceCheck = false;
  #started = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.ring = new AlertRing(options.recentAlertsMax);
  }

  /** Highest seq that was passed on. */
  get head(): number {
    return this.#head;
  }

  /** Grows when PostgreSQL went back: alerts that were read before may no longer be the ones that have their seqs. */
  get timeline(): number {
    return this.#timeline;
  }

  /** Subscribes, then reads the recent alerts, so that nothing falls between. */
  async start(): Promise<void> {
    const { bus, store, lifecycle, log, recentAlertsMax } = this.#options;
    const subscription = await bus.subscribe({
      onAlerts: (alerts) => this.#hear(alerts),
      onReconnect: () => void this.#fill(),
    });
    lifecycle.onStop('flush', 'alert bus subscription', () => subscription.close());
    const lastSeq = await retry(() => store.lastSeq(), {
      signal: lifecycle.signal,
      onRetry: (err, attempt) => {
        if (attempt === 1) log.warn({ err }, 'alerts cannot be read yet; trying on');
      },
    });
    this.#head = Math.max(0, lastSeq - recentAlertsMax);
    this.#started = true;
    await this.#fill();
    // What is not there by now is gone, or was never given: after a restore `last_seq` is moved on.
    if (lastSeq > this.#head) this.#passGap(lastSeq);
    void this.#watchTail();
  }

  /** Adds a member that has everything up to `head`. Returns its group. */
  join(filter: CompiledFilter, encoding: Encoding, member: GroupMember): LiveGroup {
    const key = `${encoding} ${filter.key}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new LiveGroup(key, filter, encoding, this.#head);
      this.#groups.set(key, group);
    }
    group.add(member);
    return group;
  }

  /** @param flush whether the member still gets what waits for it */
  leave(group: LiveGroup, member: GroupMember, flush: boolean): void {
    if (flush) group.flush();
    group.remove(member);
    if (group.size === 0) this.#groups.delete(group.key);
  }

  /** Tells all live clients of control frames how far they are: a narrow filter must not make them resume from far back. */
  announceCursors(): void {
    for (const group of this.#groups.values()) group.announce((cursor) => ({ event: 'ping', cursor }));
  }

  #hear(alerts: readonly Alert[]): void {
    this.#heardSinceCheck = true;
    this.#options.metrics.heard.inc(alerts.length);
    const run: AlertEntry[] = [];
    let next = this.#head + 1;
    for (const alert of alerts) {
      if (alert.seq < next) continue;
      if (this.#started && alert.seq === next) {
        run.push(new AlertEntry(alert));
        next += 1;
      } else if (this.#early.size < this.#options.recentAlertsMax) {
        // Beyond the bound they come from PostgreSQL like those in the hole.
        this.#early.set(alert.seq, new AlertEntry(alert));
      }
    }
    this.#append(run);
    if (this.#early.size > 0 && this.#started) void this.#fill();
  }

  #append(entries: AlertEntry[]): void {
    let next = this.#head + entries.length + 1;
    for (let entry = this.#early.get(next); entry !== undefined; entry = this.#early.get(next)) {
      entries.push(entry);
      next += 1;
    }
    if (entries.length === 0) return;
    for (const entry of entries) this.ring.push(entry);
    this.#head = entries.at(-1)!.alert.seq;
    this.#forgetEarly();
    this.#options.metrics.passedOn.inc(entries.length);
    for (const group of this.#groups.values()) group.offer(entries, this.#head);
  }

  #forgetEarly(): void {
    for (const seq of this.#early.keys()) if (seq <= this.#head) this.#early.delete(seq);
  }

  /** These seqs exist and their alerts are gone (retention): everybody is told. */
  #passGap(upTo: number): void {
    const gap = { event: 'gap', from: this.#head + 1, to: upTo, reason: 'expired' } as const;
    this.ring.clear();
    this.#head = upTo;
    this.#forgetEarly();
    this.#options.metrics.gaps.inc();
    this.#options.log.warn({ from: gap.from, to: gap.to, reason: gap.reason }, 'listeners were told of a gap');
    for (const group of this.#groups.values()) group.announce(() => gap, upTo);
  }

  #fill(): Promise<void> {
    this.#filling ??= this.#fillUntilLevel().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  async #fillUntilLevel(): Promise<void> {
    const { lifecycle, metrics } = this.#options;
    let unknownSinceMs: number | undefined;
    while (!lifecycle.stopping) {
      const timeline = this.#timeline;
      const page = await this.#readPage();
      if (page === undefined) return;
      // This was read before the hub went back, and says nothing about where it is now.
      if (timeline !== this.#timeline) continue;
      if (page.upTo > this.#head) {
        unknownSinceMs = undefined;
        this.#take(page);
        continue;
      }
      if (this.#early.size === 0) return;
      unknownSinceMs ??= performance.now();
      if (performance.now() - unknownSinceMs > UNKNOWN_SEQ_PATIENCE_MS) {
        metrics.unknownSeqs.inc(this.#early.size);
        this.#early.clear();
        return;
      }
      await delay(UNKNOWN_SEQ_RETRY_MS);
    }
  }

  #take(page: AlertPage): void {
    let run: AlertEntry[] = [];
    for (const alert of page.alerts) {
      // The bus may have been faster than the query.
      if (alert.seq <= this.#head + run.length) continue;
      if (alert.seq > this.#head + run.length + 1) {
        this.#append(run);
        run = [];
        if (alert.seq > this.#head + 1) this.#passGap(alert.seq - 1);
        else if (alert.seq <= this.#head) continue;
      }
      this.#options.metrics.filled.inc();
      run.push(new AlertEntry(alert));
    }
    this.#append(run);
    if (page.upTo > this.#head) this.#passGap(page.upTo);
  }

  /** Undefined once the process stops. */
  async #readPage(): Promise<AlertPage | undefined> {
    const { store, lifecycle, log } = this.#options;
    try {
      return await retry(() => store.page(this.#head, PAGE_ALERTS), {
        signal: lifecycle.signal,
        delayMaxMs: 1_000,
        onRetry: (err, attempt) => {
          if (attempt === 1) log.warn({ err, head: this.#head }, 'missed alerts cannot be read; trying on');
        },
      });
    } catch {
      return undefined;
    }
  }

  /** PostgreSQL may have been restored to an earlier time, or a replica that was behind may have taken over. */
  async #checkTimeline(): Promise<void> {
    const { lifecycle, log } = this.#options;
    try {
      if (!(await this.#isAheadOfStore())) return;
      await delay(SECOND_LOOK_MS, undefined, { signal: lifecycle.signal });
      if (await this.#isAheadOfStore()) await this.#goBack();
    } catch (err) {
      log.debug({ err }, 'what was passed on cannot be compared with what is stored; trying again');
    }
  }

  /** More was passed on than was ever given, by what PostgreSQL knows now. */
  async #isAheadOfStore(): Promise<boolean> {
    // Taken before the question, since more may be passed on before the answer.
    const head = this.#head;
    return (await this.#options.store.lastSeq()) < head;
  }

  /** Goes on from where the alerts passed on and those stored diverge. Otherwise all new alerts would count as repeats. */
  async #goBack(): Promise<void> {
    await this.#filling;
    const { store, log, metrics } = this.#options;
    const standing = await this.#lastStanding(await store.lastSeq());
    const head = this.#head;
    if (standing >= head) return;
    log.error(
      { head, last_seq: standing },
      'PostgreSQL went back to before alerts that were told: seqs are given twice; see "Back up and restore" in docs/operations.md',
    );
    const gap = { event: 'gap', from: standing + 1, to: head, reason: 'ahead_of_stream' } as const;
    this.#timeline += 1;
    this.ring.clear();
    this.#early.clear();
    this.#head = standing;
    metrics.gaps.inc();
    for (const group of this.#groups.values()) group.announce(() => gap, standing);
    await this.#fill();
  }

  /** Highest seq under which there still is what was passed on under it, as far as the recent alerts tell. */
  async #lastStanding(lastSeq: number): Promise<number> {
    const { store, recentAlertsMax } = this.#options;
    const first = this.ring.firstSeq;
    if (first === undefined || first > lastSeq) return lastSeq;
    const { alerts } = await store.page(first - 1, recentAlertsMax);
    const other = alerts.find(({ seq, id }) => this.ring.after(seq - 1, 1)?.[0]?.alert.id !== id);
    return other === undefined ? lastSeq : other.seq - 1;
  }

  async #watchTail(): Promise<void> {
    const { lifecycle } = this.#options;
    for (;;) {
      await delay(TAIL_CHECK_MS, undefined, { signal: lifecycle.signal, ref: false }).catch(() => undefined);
      if (lifecycle.stopping) return;
      await this.#checkTimeline();
      if (!this.#heardSinceCheck) await this.#fill();
      this.#heardSinceCheck = false;
    }
  }
}
