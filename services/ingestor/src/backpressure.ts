import type { Logger } from '@vigil/shared/logging/logger';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import type { IngestMetrics } from './metrics.ts';

/** The queue's depth is asked for this often. */
const ASK_INTERVAL_MS = 250;
/** Taking in starts again once the queue is down to this share of its bound: no flapping at the edge. */
const LOW_WATER = 0.75;

export type Admission = { open: true } | { open: false; reason: 'queue_full' | 'queue_unreachable' };

/** Whether more may be taken in, from the depth at the last look and what was enqueued since. */
export function admit(wasOpen: boolean, waiting: number, waitingMax: number): Admission {
  const bound = wasOpen ? waitingMax : Math.max(1, Math.floor(waitingMax * LOW_WATER));
  return waiting < bound ? { open: true } : { open: false, reason: 'queue_full' };
}

export interface BackpressureOptions {
  depth: QueueBackend['depth'];
  /** Batches waiting above which nothing is taken in. */
  waitingMax: number;
  metrics: IngestMetrics;
  log: Logger;
  onChange: () => void;
}

/** Watches the depth of the queue of lines. Closed while the queue is over its bound or cannot be asked. */
export class Backpressure {
  readonly #options: BackpressureOptions;
  #admission: Admission = { open: true };
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: BackpressureOptions) {
    this.#options = options;
  }

  get admission(): Admission {
    return this.#admission;
  }

  /** Asks once, so that a full queue is known before the first read, and goes on asking. */
  async start(): Promise<void> {
    await this.#ask();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Batches that were enqueued since the last look count at once. */
  added(batches: number): void {
    this.#waiting += batches;
    this.#decide(admit(this.#admission.open, this.#waiting, this.#options.waitingMax));
  }

  async #ask(): Promise<void> {
    try {
      const { waiting, delayed } = await this.#options.depth('lines');
      this.#waiting = waiting + delayed;
      this.#decide(admit(this.#admission.open, this.#waiting, this.#options.waitingMax));
    } catch {
      this.#decide({ open: false, reason: 'queue_unreachable' });
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#ask(), ASK_INTERVAL_MS).unref();
  }

  #decide(admission: Admission): void {
    const changed = admission.open !== this.#admission.open;
    this.#admission = admission;
    this.#options.metrics.backpressure.set(admission.open ? 0 : 1);
    if (!changed) return;
    const waiting = this.#waiting;
    if (admission.open) this.#options.log.info({ waiting }, 'taking lines in again');
    else this.#options.log.warn({ waiting, reason: admission.reason }, 'taking no lines in');
    this.#options.onChange();
  }
}
