import type { Alert } from '@vigil/shared/contracts';
import { GatewayError, type Gateway } from '../api/gateway.ts';
import { gatewayNow } from '../api/gateway-clock.ts';

export type StreamStatus =
  | { state: 'connecting'; isAgain: boolean }
  | { state: 'live' }
  | { state: 'retrying'; atMs: number; reason: string }
  | { state: 'refused'; reason: string };

export interface StreamListener {
  alerts(alerts: readonly Alert[]): void;
  /** Alerts with these seqs can no longer be had. */
  gap(from: number, to: number): void;
  /** The gateway's alerts end before those that were heard: it has another database, or one from a backup. */
  rewound(): void;
  status(status: StreamStatus): void;
}

type Frame =
  | Alert
  | { event: 'batch'; cursor: number; alerts: Alert[] }
  | { event: 'hello'; cursor: number; ping_interval_ms: number }
  | { event: 'gap'; from: number; to: number; reason: string }
  | { event: 'ping' | 'subscribed'; cursor: number }
  | { event: 'bye'; reason: string; cursor: number; retry_after_ms: number }
  | { event: 'error'; detail: string };

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 15_000;
/** Until the gateway has said how often it pings. */
const SILENCE_DEFAULT_MS = 45_000;
/** The key is wrong or may not listen: trying again would not help. */
const REFUSALS = new Set([401, 403]);

/** Listens to `/ws/alerts` for as long as it is not closed: resumes after the last seq, so that nothing is missed or repeated. */
export class AlertStream {
  readonly #gateway: Pick<Gateway, 'streamTicket' | 'streamUrl'>;
  readonly #filter: URLSearchParams;
  readonly #listener: StreamListener;
  #cursor: number | undefined;
  #attempt = new AbortController();
  #socket: WebSocket | undefined;
  #failures = 0;
  #silenceMs = SILENCE_DEFAULT_MS;
  #retryAfterMs: number | undefined;
  #refusal: string | undefined;
  #retryTimer: number | undefined;
  #silenceTimer: number | undefined;
  #closed = false;

  constructor(gateway: Pick<Gateway, 'streamTicket' | 'streamUrl'>, filter: URLSearchParams, listener: StreamListener) {
    this.#gateway = gateway;
    this.#filter = filter;
    this.#listener = listener;
    addEventListener('online', this.retryNow);
    this.#open();
  }

  close(): void {
    this.#closed = true;
    removeEventListener('online', this.retryNow);
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    this.#attempt.abort();
    this.#socket?.close(1000);
  }

  /** Does not wait any longer before the next attempt. */
  readonly retryNow = (): void => {
    if (this.#closed || this.#retryTimer === undefined) return;
    clearTimeout(this.#retryTimer);
    this.#open();
  };

  #open(): void {
    this.#retryTimer = undefined;
    this.#attempt = new AbortController();
    this.#listener.status({ state: 'connecting', isAgain: this.#failures > 0 });
    this.#watchSilence();
    void this.#knock(this.#attempt.signal);
  }

  async #knock(signal: AbortSignal): Promise<void> {
    try {
      const ticket = await this.#gateway.streamTicket(signal);
      if (!signal.aborted) this.#connect(ticket);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof GatewayError && REFUSALS.has(error.status)) this.#refusal = error.message;
      this.#lost(error instanceof Error ? error.message : String(error));
    }
  }

  #connect(ticket: string): void {
    const params = new URLSearchParams(this.#filter);
    params.set('batch', '1');
    params.set('control', '1');
    if (this.#cursor !== undefined) params.set('after', String(this.#cursor));
    const socket = new WebSocket(this.#gateway.streamUrl(params), ['vigil.v1', `vigil.ticket.${ticket}`]);
    this.#socket = socket;
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      if (socket === this.#socket && !this.#closed) this.#take(JSON.parse(event.data) as Frame);
    });
    socket.addEventListener('close', (event) => {
      if (socket !== this.#socket || this.#closed) return;
      this.#lost(event.code === 1012 ? 'the gateway restarts' : 'the connection was lost');
    });
  }

  #take(frame: Frame): void {
    this.#watchSilence();
    switch (frame.event) {
      case 'hello':
        this.#failures = 0;
        this.#silenceMs = frame.ping_interval_ms * 2.5;
        this.#watchSilence();
        // Only a first connection starts where the gateway says; a later one has asked for its own place.
        this.#cursor ??= frame.cursor;
        return this.#listener.status({ state: 'live' });
      case 'threat':
        return this.#deliver([frame], frame.seq);
      case 'batch':
        return this.#deliver(frame.alerts, frame.cursor);
      case 'ping':
      case 'subscribed':
        this.#advance(frame.cursor);
        return;
      case 'gap':
        if (frame.reason === 'ahead_of_stream') {
          this.#cursor = frame.from - 1;
          return this.#listener.rewound();
        }
        this.#advance(frame.to);
        return this.#listener.gap(frame.from, frame.to);
      case 'bye':
        this.#advance(frame.cursor);
        this.#retryAfterMs = frame.retry_after_ms;
        if (frame.reason === 'unauthorized') this.#refusal = 'The key is no longer valid for the stream.';
        return;
      case 'error':
        return;
    }
  }

  #deliver(alerts: readonly Alert[], cursor: number): void {
    const after = this.#cursor ?? 0;
    const fresh = alerts.filter((alert) => alert.seq > after);
    this.#advance(cursor);
    if (fresh.length > 0) this.#listener.alerts(fresh);
  }

  #advance(cursor: number): void {
    this.#cursor = Math.max(this.#cursor ?? 0, cursor);
  }

  #lost(reason: string): void {
    clearTimeout(this.#silenceTimer);
    if (this.#refusal !== undefined) return this.#listener.status({ state: 'refused', reason: this.#refusal });
    this.#failures += 1;
    const most = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** (this.#failures - 1));
    // Half of it at random: thousands that lost one gateway must not come back in step.
    const waitMs = Math.max(this.#retryAfterMs ?? 0, most / 2 + (Math.random() * most) / 2);
    this.#retryAfterMs = undefined;
    this.#listener.status({ state: 'retrying', atMs: gatewayNow() + waitMs, reason });
    this.#retryTimer = window.setTimeout(() => this.#open(), waitMs);
  }

  /** A connection that died without a word stays open for many minutes unless somebody notices the silence. */
  #watchSilence(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = window.setTimeout(() => {
      const socket = this.#socket;
      this.#socket = undefined;
      this.#attempt.abort();
      socket?.close();
      if (!this.#closed) this.#lost('the gateway fell silent');
    }, this.#silenceMs);
  }
}
