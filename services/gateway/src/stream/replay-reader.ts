import { setTimeout as delay } from 'node:timers/promises';
import { keepNewest } from '@vigil/shared/collections/keep-newest';
import type { AlertHub } from './alert-hub.ts';
import type { AlertPage, AlertStore } from './alert-store.ts';

const PAGE_ALERTS = 1_000;
/** Pages read at once: when thousands come back together, PostgreSQL still has to store what is new. */
const READS_MAX = 3;
/** Pages kept: those who lost the same gateway come back for the same ones. */
const PAGES_KEPT = 16;
const REACHED_POLL_MS = 20;

/** Reads alerts for those who resume: a few pages at once, each once for all who want it at the same time. */
export class ReplayReader {
  readonly #store: AlertStore;
  readonly #hub: Pick<AlertHub, 'head' | 'timeline'>;
  readonly #pages = new Map<number, Promise<AlertPage>>();
  readonly #waiting: (() => void)[] = [];
  #reading = 0;
  #timeline = 0;

  constructor(store: AlertStore, hub: Pick<AlertHub, 'head' | 'timeline'>) {
    this.#store = store;
    this.#hub = hub;
  }

  lastSeq(): Promise<number> {
    return this.#store.lastSeq();
  }

  /** Resolves when this gateway has passed on everything up to `seq`, or PostgreSQL went back, so that it may never come. */
  async reached(seq: number): Promise<void> {
    const { timeline } = this.#hub;
    while (this.#hub.head < seq && this.#hub.timeline === timeline)
      await delay(REACHED_POLL_MS, undefined, { ref: false });
  }

  /**
   * Alerts after `seq`, at least one step further where there are any. Pages start at multiples of their size, so that clients with
   * different cursors share them.
   * @throws where PostgreSQL cannot be asked
   */
  async page(seq: number): Promise<AlertPage> {
    const start = seq - (seq % PAGE_ALERTS);
    if (this.#timeline !== this.#hub.timeline) this.#pages.clear();
    this.#timeline = this.#hub.timeline;
    let page = this.#pages.get(start);
    if (page === undefined) {
      page = this.#read(start);
      this.#keep(start, page);
    }
    const { alerts, upTo } = await page;
    // Shared pages may have been read before the alerts that this client misses were there.
    if (upTo <= seq) return this.#store.page(seq, PAGE_ALERTS);
    return { alerts: alerts.filter((alert) => alert.seq > seq), upTo };
  }

  async #read(start: number): Promise<AlertPage> {
    if (this.#reading >= READS_MAX) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reading += 1;
    try {
      const page = await this.#store.page(start, PAGE_ALERTS);
      // Seqs that are missing may make a page reach far beyond its multiple; only what is whole can be shared.
      if (page.upTo < start + PAGE_ALERTS) this.#pages.delete(start);
      return page;
    } catch (error) {
      this.#pages.delete(start);
      throw error;
    } finally {
      this.#reading -= 1;
      this.#waiting.shift()?.();
    }
  }

  #keep(start: number, page: Promise<AlertPage>): void {
    this.#pages.set(start, page);
    page.catch(() => undefined);
    keepNewest(this.#pages, PAGES_KEPT);
  }
}
