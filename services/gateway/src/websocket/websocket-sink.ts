import type { ByeReason } from '@vigil/shared/contracts';
import type { WebSocket } from 'ws';
import { drained } from '../stream/drained.ts';
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

  drained(bytes: number): Promise<boolean> {
    const socket = this.#socket;
    return drained(
      bytes,
      () => socket.bufferedAmount,
      () => socket.readyState === socket.OPEN,
    );
  }
}

const TEXT = { binary: false, compress: false };
