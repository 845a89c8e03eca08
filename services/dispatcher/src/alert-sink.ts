import type { Alert } from '@vigil/shared/contracts';

/** Somewhere that alerts are told to. Each sink has a cursor of its own in PostgreSQL, so an outage of one delays only that one. */
export interface AlertSink {
  /** Name of the cursor; never changes. */
  readonly name: 'bus' | 'jetstream';
  /**
   * Tells the alerts, which come in `seq` order. Resolves when all of them are safely there; whatever it throws is tried again with
   * the same alerts, so telling twice must be harmless.
   * @param lastSeq the highest `seq` that PostgreSQL has given
   */
  publish(alerts: readonly Alert[], lastSeq: number): Promise<void>;
  close(): Promise<void>;
}
