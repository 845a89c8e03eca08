import type { Alert } from '../contracts/alert.ts';

/**
 * The alert bus seam: how alerts get from the one relay to every gateway. Lossy by nature: alerts carry `seq`, and a subscriber
 * that sees a hole fills it from PostgreSQL.
 */
export interface AlertBus {
  /** Publishes alerts in `seq` order. Rejects where nobody could be told; publishing again is harmless. */
  publish(alerts: readonly Alert[]): Promise<void>;
  /** Calls `listener` with each published group, in order. Resolves once the subscription stands. */
  subscribe(listener: AlertListener): Promise<Subscription>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface AlertListener {
  onAlerts(alerts: readonly Alert[]): void;
  /** The connection was lost and is back: alerts in between were not heard. */
  onReconnect?(): void;
}

export interface Subscription {
  close(): Promise<void>;
}
