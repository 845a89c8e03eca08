import type { Alert } from '@vigil/shared/contracts';
import { LIVE_ALERTS_MAX } from './feed.ts';

/** Arrivals are shown together this often: more would only cost, nobody reads faster. */
const FLUSH_MS = 120;

/**
 * Gathers alerts, to be shown together. As many as the feed keeps are shown at once: in a tab that nobody sees, browsers let a timer run
 * once a minute, and what comes meanwhile would be kept, all of it.
 */
export class Arrivals {
  readonly #show: (alerts: readonly Alert[]) => void;
  #waiting: Alert[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param show gets alerts in the order in which they came */
  constructor(show: (alerts: readonly Alert[]) => void) {
    this.#show = show;
  }

  add(alerts: readonly Alert[]): void {
    for (const alert of alerts) this.#waiting.push(alert);
    if (this.#waiting.length >= LIVE_ALERTS_MAX) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** What waits is not shown any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const alerts = this.#waiting;
    this.#waiting = [];
    this.#show(alerts);
  }
}
