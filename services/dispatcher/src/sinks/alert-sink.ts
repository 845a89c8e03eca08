import type { Alert } from '@vigil/shared/contracts';

/** The order of alerts as PostgreSQL has it, seen through the connection of one leader of the relay. */
export interface AlertOrder {
  /** The highest `seq` that was given. */
  lastSeq(): Promise<number>;
  /** Id of the alert that has this `seq`; undefined where there is none, or none any more. */
  idOf(seq: number): Promise<string | undefined>;
  /** Alerts after a `seq`, at most a group of them. */
  read(after: number): Promise<AlertGroup>;
}

export interface AlertGroup {
  alerts: Alert[];
  /** Where the group ends; the cursor that was asked for where there is nothing. */
  lastSeq: number;
}

/** Somewhere that alerts are told to. Each sink has a cursor of its own in PostgreSQL, so an outage of one delays only that one. */
export interface AlertSink {
  /** Name of the cursor; never changes. */
  readonly name: 'bus' | 'jetstream' | 'webhook' | `webhook:${string}`;
  /** Whether a sink that is new is told only of what comes from now on. */
  readonly startsAtEnd?: boolean;
  /**
   * Tells the alerts, which come in `seq` order. Resolves when all of them are safely there, with the `seq` up to which it told more of
   * them if it did; whatever it throws is tried again with the same alerts, so telling twice must be harmless.
   * @param order another object where another leader tells them: PostgreSQL may have gone back in time meanwhile
   * @param signal aborted where nobody waits any longer
   */
  publish(alerts: readonly Alert[], order: AlertOrder, signal?: AbortSignal): Promise<number | void>;
  /** Least time between what it is told and what it is told next, in which alerts gather and are not late, ms; absent: none. */
  readonly intervalMs?: number;
  /** For how long it would rather let alerts gather before it is told any, ms. */
  restMs?(): number;
  close(): Promise<void>;
}
