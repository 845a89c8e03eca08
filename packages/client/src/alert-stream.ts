import { WebSocket } from 'ws';
import { backoffMs, hintOf } from './backoff.ts';
import type { Alert, AlertFrame, GapFrame } from './frames.ts';
import { streamUrl, type StreamFilter } from './stream-url.ts';

export type { Alert, AlertSeverity, GapFrame } from './frames.ts';
export type { StreamFilter } from './stream-url.ts';

export interface AlertStreamOptions {
  /** Address of a gateway or of what stands before several: `https://vigil.example.org`. */
  url: string;
  /** API key with the scope `stream`, or a JSON Web Token. */
  key: string;
  filter?: StreamFilter;
  /** Resume after this seq; absent: from now on. */
  after?: number;
  /** Several alerts a frame, coalesced for at most 20 ms; on by default. */
  batch?: boolean;
  /** Alerts that can no longer be had. */
  onGap?: (gap: GapFrame) => void;
  onState?: (state: StreamState) => void;
  /** First wait before coming back, ms; doubled after each failure. */
  retryDelayMs?: number;
  retryDelayMaxMs?: number;
  /** The connection is paused while so many alerts wait for the consumer. */
  queuedAlertsMax?: number;
  signal?: AbortSignal;
}

export type StreamState =
  | { state: 'open'; cursor: number }
  /** The connection ended and comes back after `retryAfterMs`. */
  | { state: 'waiting'; reason: string; retryAfterMs: number };

/** The gateway refuses for good: key, scope or filter are wrong. Trying again would not help. */
export class StreamRefusedError extends Error {
  override readonly name = 'StreamRefusedError';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(`the gateway refused the stream (${status}): ${detail}`);
    this.status = status;
  }
}

/** No sign of life for so many ping intervals means that the connection is dead. */
const SILENT_INTERVALS = 2.5;
const REFUSALS = new Set([400, 401, 403, 404, 422, 426]);
/** What is longer is not a gateway's. */
const REFUSAL_LENGTH_MAX = 64 * 1024;

/**
 * Alerts in `seq` order, each once, over as many connections as it takes: comes back with its cursor after any failure.
 * Iterate it; leaving the loop closes it.
 */
export class AlertStream implements AsyncIterable<Alert> {
  readonly #options: AlertStreamOptions;
  readonly #queue: Alert[] = [];
  #received: number | undefined;
  #handed: number | undefined;
  #socket: WebSocket | undefined;
  #failures = 0;
  #hintMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #silenceMaxMs = 60_000;
  #ended: { error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: AlertStreamOptions) {
    this.#options = options;
    this.#received = options.after;
    this.#handed = options.after;
    if (options.signal?.aborted === true) this.#ended = {};
    else this.#connect();
    options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Everything up to this seq was handed out or filtered away: keep it to resume in another process. Undefined until known. */
  get cursor(): number | undefined {
    return this.#queue.length === 0 ? this.#received : this.#handed;
  }

  close(): void {
    this.#end({});
  }

  readonly #abort = (): void => this.close();

  async *[Symbol.asyncIterator](): AsyncIterator<Alert> {
    try {
      for (;;) {
        const alert = this.#queue.shift();
        if (alert !== undefined) {
          this.#handed = alert.seq;
          if (this.#queue.length === 0) this.#socket?.resume();
          yield alert;
        } else if (this.#ended !== undefined) {
          if (this.#ended.error !== undefined) throw this.#ended.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.close();
    }
  }

  #connect(): void {
    const { url, key, filter = {}, batch = true } = this.#options;
    const target = streamUrl(url, filter, this.#received, batch);
    const socket = new WebSocket(target, { headers: { authorization: `Bearer ${key}` }, perMessageDeflate: false });
    this.#socket = socket;
    this.#hintMs = undefined;
    let reason: string | undefined;
    let isGateway = false;
    socket.on('message', (data: Buffer) => {
      this.#watch(socket);
      const frame = frameOf(data.toString());
      isGateway ||= isHello(frame);
      if (isGateway && frame !== undefined) return this.#take(frame, socket);
      // An address that leads to somebody else's WebSocket must not take the process down.
      reason = 'a message that is no frame of a gateway';
      socket.terminate();
    });
    socket.on('ping', () => this.#watch(socket));
    socket.on('error', (error) => {
      // After a refusal it only tells that we gave the socket up.
      reason ??= error.message;
    });
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      reason = `HTTP ${status}`;
      this.#hintMs = hintOf(response.headers['retry-after']);
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
        if (body.length > REFUSAL_LENGTH_MAX) response.destroy();
      });
      // Also where it breaks off before its end.
      response.on('close', () => {
        if (REFUSALS.has(status)) this.#end({ error: new StreamRefusedError(status, detailOf(body)) });
        socket.terminate();
      });
    });
    socket.on('close', (code) => {
      clearTimeout(this.#watchdog);
      this.#comeBack(code === 1006 ? (reason ?? 'connection lost') : `closed with ${code}`);
    });
    this.#watch(socket);
  }

  #take(frame: AlertFrame, socket: WebSocket): void {
    // Who is only let in and sent away again must not come back faster for it.
    if (frame.event !== 'hello' && frame.event !== 'bye') this.#failures = 0;
    if (frame.event === 'threat') this.#add(frame);
    else if (frame.event === 'batch') for (const alert of frame.alerts) this.#add(alert);
    else if (frame.event === 'gap') {
      this.#received = frame.reason === 'ahead_of_stream' ? frame.from - 1 : frame.to;
      this.#options.onGap?.(frame);
    } else if (frame.event === 'hello') {
      this.#silenceMaxMs = frame.ping_interval_ms * SILENT_INTERVALS;
      this.#watch(socket);
      this.#options.onState?.({ state: 'open', cursor: frame.cursor });
    } else if (frame.event === 'bye') this.#hintMs = frame.retry_after_ms;
    if ('cursor' in frame) this.#received = Math.max(this.#received ?? 0, frame.cursor);
    // The gateway sees a connection that is not read, closes it in the end with its cursor, and we come back.
    if (this.#queue.length >= (this.#options.queuedAlertsMax ?? 10_000)) socket.pause();
  }

  #add(alert: Alert): void {
    if (this.#received !== undefined && alert.seq <= this.#received) return;
    // What was heard of with nothing waiting was handed out or filtered away: the cursor does not go back to the last one handed out.
    if (this.#queue.length === 0) this.#handed = this.#received;
    this.#received = alert.seq;
    this.#queue.push(alert);
    this.#wake?.();
  }

  /** Ends a connection that has been silent for too long; a paused one is silent by our own will. */
  #watch(socket: WebSocket): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => (socket.isPaused ? this.#watch(socket) : socket.terminate()), this.#silenceMaxMs);
    this.#watchdog.unref();
  }

  #comeBack(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#failures += 1;
    const { retryDelayMs = 250, retryDelayMaxMs = 30_000, onState } = this.#options;
    const retryAfterMs = backoffMs(this.#failures, this.#hintMs, {
      delayMs: retryDelayMs,
      delayMaxMs: retryDelayMaxMs,
    });
    this.#timer = setTimeout(() => this.#connect(), retryAfterMs);
    // Last: whoever hears of it may close the stream.
    onState?.({ state: 'waiting', reason, retryAfterMs });
  }

  #end(ended: { error?: Error }): void {
    this.#ended ??= ended;
    this.#options.signal?.removeEventListener('abort', this.#abort);
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    this.#socket?.terminate();
    this.#wake?.();
  }
}

function frameOf(message: string): AlertFrame | undefined {
  try {
    const parsed = JSON.parse(message) as unknown;
    return typeof parsed === 'object' && parsed !== null && 'event' in parsed ? (parsed as AlertFrame) : undefined;
  } catch {
    return undefined;
  }
}

/** What a gateway says first. */
function isHello(frame: AlertFrame | undefined): boolean {
  return frame?.event === 'hello' && typeof frame.ping_interval_ms === 'number' && typeof frame.cursor === 'number';
}

function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
  } catch {
    // Something between us and the gateway answered.
  }
  return body.slice(0, 200);
}
