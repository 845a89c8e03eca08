import { setTimeout as delay } from 'node:timers/promises';
import type { StreamAccess } from '../auth/stream-access.ts';
import type { StreamMetrics, Transport } from './stream-metrics.ts';
import type { Subscription } from './subscription.ts';

/** How soon a key's revocation ends its streams; a token's end is kept to the second of this check, too. */
const ACCESS_CHECK_MS = 5_000;
/** Closing so many a millisecond and no faster: each comes back and asks another gateway for what it missed. */
const DRAIN_CLIENTS_PER_MS = 1;

export interface StreamClient {
  subscription: Subscription;
  access: StreamAccess;
  /** Whether the peer has shown a sign of life since the last check; ends the connection where not. */
  checkAlive?(): void;
}

/** All connected clients, whatever their transport. */
export class StreamClients {
  readonly #clients = new Set<StreamClient>();
  readonly #metrics: StreamMetrics;

  constructor(metrics: StreamMetrics) {
    this.#metrics = metrics;
  }

  get size(): number {
    return this.#clients.size;
  }

  add(client: StreamClient, transport: Transport): { remove: () => void } {
    this.#clients.add(client);
    this.#metrics.clients.inc({ transport });
    const remove = (): void => {
      if (!this.#clients.delete(client)) return;
      this.#metrics.clients.dec({ transport });
      client.subscription.ended();
    };
    return { remove };
  }

  checkAlive(): void {
    for (const client of this.#clients) client.checkAlive?.();
  }

  /** Ends the streams whose key was revoked or whose token ran out, until `signal` aborts. */
  async watchAccess(signal: AbortSignal, intervalMs = ACCESS_CHECK_MS): Promise<void> {
    for (;;) {
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await this.checkAccess();
    }
  }

  async checkAccess(): Promise<void> {
    for (const client of this.#clients) {
      if (!(await client.access.isCurrent())) client.subscription.close('unauthorized');
    }
  }

  /**
   * Closes all clients, spread over `drainMs` (less where they are few), each told to come back after a while of its own.
   * New ones must be kept out by the caller.
   */
  async drain(drainMs: number): Promise<void> {
    const clients = [...this.#clients];
    const spreadMs = Math.min(drainMs, clients.length / DRAIN_CLIENTS_PER_MS);
    const startMs = performance.now();
    for (const [index, client] of clients.entries()) {
      const waitMs = startMs + (index / clients.length) * spreadMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      client.subscription.close('restart', Math.round(Math.random() * spreadMs));
    }
  }
}
