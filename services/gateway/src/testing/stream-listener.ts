import { waitUntil } from '@vigil/dev-services/wait-until';
import type { Alert } from '@vigil/shared/contracts';
import { WebSocket } from 'ws';
import { STREAM_KEY } from './start-test-gateway.ts';

export interface Frame {
  event: string;
  seq?: number;
  cursor?: number;
  alerts?: Alert[];
  from?: number;
  to?: number;
  [field: string]: unknown;
}

/** A raw WebSocket client that keeps what it gets. */
export class StreamListener {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  /** It was let in, though the stream may have ended since. */
  wasOpen = false;
  closed: { code: number; reason: string } | undefined;
  refused: { status: number; body: string } | undefined;

  constructor(url: string, options: { headers?: Record<string, string>; protocols?: string[] } = {}) {
    const headers = options.headers ?? { 'x-api-key': STREAM_KEY };
    this.socket = new WebSocket(url, options.protocols ?? [], { headers });
    this.socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    this.socket.on('open', () => {
      this.wasOpen = true;
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    this.socket.on('error', () => undefined);
    this.socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => {
        this.refused = { status: response.statusCode ?? 0, body };
        this.socket.terminate();
      });
    });
  }

  get seqs(): number[] {
    return this.frames.flatMap((frame) => {
      if (frame.event === 'threat') return [frame.seq!];
      return frame.event === 'batch' ? frame.alerts!.map((alert) => alert.seq) : [];
    });
  }

  events(name: string): Frame[] {
    return this.frames.filter((frame) => frame.event === name);
  }

  async open(): Promise<this> {
    await waitUntil(() => this.socket.readyState === WebSocket.OPEN, { timeoutMs: 10_000, what: 'open stream' });
    return this;
  }

  until(check: () => boolean, what: string): Promise<true> {
    return waitUntil(check, { timeoutMs: 10_000, what, intervalMs: 5 });
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  close(): void {
    this.socket.terminate();
  }
}

/** The whole numbers from `from` to `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
