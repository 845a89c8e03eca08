import type { ByeReason } from '@vigil/shared/contracts';
import type { WebSocket } from 'ws';
import type { StreamSink } from '../stream/subscription.ts';

/** Close codes; 1012 and 1013 are registered, 4xxx are ours and follow HTTP where there is a likeness. */
const CLOSE_CODES: Record<ByeReason, number> = {
  restart: 1012,
  slow: 4408,
  unauthorized: 4401,
  too_many_messages: 4429,
  replay_failed: 1013,
};

/** How long a client that was closed may take to read what is on its way. */
const FAREWELL_MS = 5_000;
/** A client that resumes and takes nothing for this long is slow. */
const DRAIN_TIMEOUT_MS = 30_000;
const DRAIN_POLL_MS = 10;

/** A WebSocket as the subscription sees it. Messages go out as text, uncompressed. */
export class WebSocketSink implements StreamSink {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(message: Buffer): void {
    this.#socket.send(message, TEXT);
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  close(reason: ByeReason, cursor: number, retryAfterMs: number): void {
    const socket = this.#socket;
    socket.close(CLOSE_CODES[reason], JSON.stringify({ reason, cursor, retry_after_ms: retryAfterMs }));
    setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
  }

  async drained(bytes: number): Promise<boolean> {
    const deadline = performance.now() + DRAIN_TIMEOUT_MS;
    while (this.#socket.bufferedAmount > bytes) {
      if (this.#socket.readyState !== this.#socket.OPEN || performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    return this.#socket.readyState === this.#socket.OPEN;
  }
}

const TEXT = { binary: false, compress: false };
