import { compileFilters, type AlertFilter, type CompiledFilter } from '@vigil/shared/alerts/alert-filter';
import type { ByeReason, ControlFrame } from '@vigil/shared/contracts';
import type { LoopTurns } from '@vigil/shared/lifecycle/loop-turns';
import type { AlertHub } from './alert-hub.ts';
import { AlertEntry, fitting } from './alert-ring.ts';
import type { AlertPage } from './alert-store.ts';
import { encodeAlerts, encodeControl, type Encoding } from './frames.ts';
import type { GroupMember, LiveGroup } from './live-group.ts';
import type { ReplayReader } from './replay-reader.ts';
import type { StreamMetrics } from './stream-metrics.ts';

/** One client's connection, WebSocket or server-sent events. */
export interface StreamSink {
  send(message: Buffer): void;
  /** Bytes that were sent and not yet taken by the network. */
  bufferedBytes(): number;
  /** Sends what waits, then ends the connection; at once where `reason` says that the client does not read. */
  close(reason: ByeReason, cursor: number, retryAfterMs: number): void;
  /** Resolves when less than `bytes` wait; false where that does not happen in good time or the connection ended. */
  drained(bytes: number): Promise<boolean>;
}

export interface SubscriptionRequest {
  filter: AlertFilter;
  batch: boolean;
  /** Resume after this seq; undefined: from now on. */
  after?: number | undefined;
}

export interface SubscriptionOptions {
  hub: AlertHub;
  replay: ReplayReader;
  /** Of all clients that replay. */
  turns: LoopTurns;
  metrics: StreamMetrics;
  bufferBytesMax: number;
  replayAlertsMax: number;
  pingIntervalMs: number;
}

/** Alerts that a resuming client gets at once before its connection must have taken them. */
const REPLAY_STEP_ALERTS = 500;

/** What one client listens to: replays what it missed, joins the live alerts without hole or repeat, and lets go when it is slow. */
export class Subscription implements GroupMember {
  readonly #options: SubscriptionOptions;
  readonly #sink: StreamSink;
  readonly #restriction: AlertFilter;
  #encoding: Encoding;
  #filter: CompiledFilter | undefined;
  #group: LiveGroup | undefined;
  /** Everything up to this seq was sent or filtered out. */
  #cursor = 0;
  /** Grows with each change, so that a replay that was overtaken stops. */
  #generation = 0;
  #closed = false;

  /** @param restriction what the client's credentials allow, on top of whatever it asks for */
  constructor(options: SubscriptionOptions, sink: StreamSink, encoding: Encoding, restriction: AlertFilter) {
    this.#options = options;
    this.#sink = sink;
    this.#encoding = encoding;
    this.#restriction = restriction;
  }

  get cursor(): number {
    return this.#group === undefined ? this.#cursor : Math.max(this.#cursor, this.#options.hub.head);
  }

  start(request: SubscriptionRequest): void {
    const { hub, pingIntervalMs } = this.#options;
    const { filter, batch } = request;
    this.#cursor = request.after ?? hub.head;
    const cursor = this.#cursor;
    this.#control({
      event: 'hello',
      protocol: 1,
      cursor,
      head: hub.head,
      filter,
      batch,
      ping_interval_ms: pingIntervalMs,
    });
    this.#follow(request);
  }

  /** Changes filter and batching; without `after` it goes on where it is. */
  change(request: SubscriptionRequest): void {
    if (this.#closed) return;
    const cursor = request.after ?? this.cursor;
    this.#leave(true);
    this.#cursor = cursor;
    if (this.#encoding !== 'sse') this.#encoding = request.batch ? 'batch' : 'frames';
    this.#control({ event: 'subscribed', cursor, filter: request.filter, batch: request.batch });
    if (!this.#endIfSlow()) this.#follow(request);
  }

  reject(detail: string): void {
    this.#control({ event: 'error', detail });
    this.#endIfSlow();
  }

  deliver(messages: readonly Buffer[], cursor: number): void {
    this.#cursor = cursor;
    this.#send(messages);
    this.#endIfSlow();
  }

  /** Says farewell and ends the connection. */
  close(reason: ByeReason, retryAfterMs = 0): void {
    if (this.#closed) return;
    const isSlow = reason === 'slow';
    // Who is slow does not get what waits to be sent together: it is behind his cursor.
    const cursor = isSlow ? this.#cursor : this.cursor;
    this.#leave(!isSlow);
    // That may have been too much for him.
    if (this.#closed) return;
    this.#control({ event: 'bye', reason, cursor, retry_after_ms: retryAfterMs });
    this.#closed = true;
    this.#options.metrics.closed.inc({ reason });
    this.#sink.close(reason, cursor, retryAfterMs);
  }

  /** The connection is gone. */
  ended(): void {
    this.#closed = true;
    this.#leave(false);
  }

  /** Check this after answers, too: a client that sends without reading would fill the memory while there are no alerts. */
  #endIfSlow(): boolean {
    const isSlow = this.#sink.bufferedBytes() > this.#options.bufferBytesMax;
    if (isSlow) this.close('slow');
    return isSlow;
  }

  #follow(request: SubscriptionRequest): void {
    this.#filter = compileFilters(request.filter, this.#restriction);
    this.#generation += 1;
    if (this.#cursor === this.#options.hub.head) this.#join();
    else void this.#replay(this.#filter, this.#generation).catch(() => this.close('replay_failed', 1_000));
  }

  #join(): void {
    this.#group = this.#options.hub.join(this.#filter!, this.#encoding, this);
  }

  #leave(flush: boolean): void {
    this.#generation += 1;
    const group = this.#group;
    this.#group = undefined;
    if (group !== undefined) this.#options.hub.leave(group, this, flush);
  }

  async #replay(filter: CompiledFilter, generation: number): Promise<void> {
    const { hub, replay, turns, replayAlertsMax, bufferBytesMax } = this.#options;
    const overtaken = (): boolean => this.#closed || this.#generation !== generation;
    if (this.#cursor > hub.head) {
      const last = await replay.lastSeq();
      if (overtaken()) return;
      // Another gateway may be ahead of this one: then the client waits for it. Beyond the last seq given it waits in vain.
      if (this.#cursor > last) this.#gap(last + 1, this.#cursor, 'ahead_of_stream', last);
      await replay.reached(this.#cursor);
      if (overtaken()) return;
    }
    if (hub.head - this.#cursor > replayAlertsMax) {
      this.#gap(this.#cursor + 1, hub.head - replayAlertsMax, 'too_old');
    }
    const waitingBytesMax = bufferBytesMax / 2;
    let { timeline } = hub;
    let page: AlertPage | undefined;
    for (;;) {
      // Before the first step, too: whoever subscribes again and again and does not read must not fill the memory.
      if (!(await this.#sink.drained(waitingBytesMax))) return this.close('slow');
      if (overtaken()) return;
      const { head } = hub;
      const isRecent = this.#cursor === head || hub.ring.after(this.#cursor, 1) !== undefined;
      if (isRecent) page = undefined;
      else if (page === undefined || page.upTo <= this.#cursor) page = await replay.page(this.#cursor);
      // Those who waited for the same page go on one after the other.
      await turns.next();
      if (overtaken()) return;
      if (timeline !== hub.timeline) {
        // PostgreSQL went back, and may have others under the same seqs since.
        ({ timeline } = hub);
        page = undefined;
        continue;
      }
      if (page === undefined) this.#sendRecent(filter, waitingBytesMax);
      else this.#sendStored(page, head, filter, waitingBytesMax);
      if (this.#cursor >= hub.head) break;
    }
    // PostgreSQL went back meanwhile.
    if (this.#cursor > hub.head) return this.#replay(filter, generation);
    this.#join();
    this.#control({ event: 'ping', cursor: this.#cursor });
  }

  /** Sends what comes next of the recent alerts, `bytesMax` of it. */
  #sendRecent(filter: CompiledFilter, bytesMax: number): void {
    const step = fitting(this.#options.hub.ring.after(this.#cursor, REPLAY_STEP_ALERTS) ?? [], bytesMax);
    if (step.length > 0) this.#sendRun(step, filter, step.at(-1)!.alert.seq);
  }

  /**
   * The same of a page from PostgreSQL. Beyond the head the ring goes on.
   * @param head before the page was read: where the page ends before it, the rest is gone, but not what came since
   */
  #sendStored(page: AlertPage, head: number, filter: CompiledFilter, bytesMax: number): void {
    const upTo = Math.min(page.upTo > this.#cursor ? page.upTo : head, this.#options.hub.head);
    const rest = page.alerts.filter(({ seq }) => seq > this.#cursor && seq <= upTo);
    const step = fitting(
      rest.map((alert) => new AlertEntry(alert)),
      bytesMax,
    );
    this.#sendRun(step, filter, step.length < rest.length ? step.at(-1)!.alert.seq : upTo);
  }

  /** Sends a run of alerts up to `upTo`; seqs that it lacks are gone. */
  #sendRun(entries: readonly AlertEntry[], filter: CompiledFilter, upTo: number): void {
    this.#options.metrics.replayed.inc(entries.length);
    let run: AlertEntry[] = [];
    const flush = (cursor: number): void => {
      this.#send(encodeAlerts(this.#encoding, run, cursor));
      this.#cursor = cursor;
      run = [];
    };
    let next = this.#cursor + 1;
    for (const entry of entries) {
      const { seq } = entry.alert;
      if (seq > next) {
        flush(next - 1);
        this.#gap(next, seq - 1, 'expired');
      }
      if (filter.matches(entry.alert)) run.push(entry);
      next = seq + 1;
    }
    flush(next - 1);
    if (next <= upTo) this.#gap(next, upTo, 'expired');
  }

  #gap(from: number, to: number, reason: 'expired' | 'too_old' | 'ahead_of_stream', cursor = to): void {
    this.#control({ event: 'gap', from, to, reason });
    this.#cursor = cursor;
  }

  #control(frame: ControlFrame): void {
    const message = encodeControl(this.#encoding, frame);
    if (message !== undefined) this.#send([message]);
  }

  #send(messages: readonly Buffer[]): void {
    if (this.#closed) return;
    this.#options.metrics.delivered.inc(messages.length);
    for (const message of messages) this.#sink.send(message);
  }
}
