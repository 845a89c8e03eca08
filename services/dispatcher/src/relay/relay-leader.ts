import { setTimeout as delay } from 'node:timers/promises';
import type { ScoredRequest } from '@vigil/shared/contracts';
import { retry } from '@vigil/shared/lifecycle/retry';
import type { Logger } from '@vigil/shared/logging/logger';
import { saySeldom } from '@vigil/shared/logging/say-seldom';
import type { Database, Session } from '@vigil/shared/storage/database';
import type { AlertSink } from '../sinks/alert-sink.ts';
import type { DispatcherMetrics } from '../metrics.ts';
import { Relay } from './relay.ts';
import { UntoldEvents } from './untold-events.ts';
import { Wakeup } from '../wakeup.ts';

/** Any number that no other part of Vigil locks. */
const RELAY_LOCK = 7_412_002;

/** How often a dispatcher that is not the leader asks for the lock. */
const CANDIDATE_INTERVAL_MS = 500;

/** How often the leader looks for what other dispatchers stored; its own dispatcher wakes it at once. */
const OTHERS_INTERVAL_MS = 25;
/** The same if none has stored anything for a while: every look costs, and most dispatchers are alone. */
const ALONE_INTERVAL_MS = 100;
const ALONE_AFTER_MS = 10_000;

/**
 * A sink's cursor is written at most this often: at an alert or two a group, writing it costs as much as publishing. What a process that
 * dies had published meanwhile is published again, and known by its `seq` and id.
 */
const CURSOR_INTERVAL_MS = 250;

/**
 * How long PostgreSQL keeps the lock for a silent leader, which normally asks all the time, and how long a leader waits for an answer.
 * If one of them is frozen or cut off without the connection ending, the other would otherwise hold on to it, and a leader that does
 * nothing would lead for hours.
 */
const SILENCE_MAX_MS = 10_000;

/** After a stop this long is spent on telling what was stored; a backlog is left to whoever leads next. */
const FAREWELL_MAX_MS = 3_000;

export interface RelayLeaderOptions {
  database: Database;
  sinks: readonly AlertSink[];
  metrics: DispatcherMetrics;
  log: Logger;
  signal: AbortSignal;
  silenceMaxMs?: number;
}

/**
 * Runs the relay wherever it holds the lock: one dispatcher at a time gives `seq` and publishes, the others stand by and one of them
 * takes over when the leader's connection ends or falls silent; the leader that notices it stands by again.
 */
export class RelayLeader {
  readonly #options: RelayLeaderOptions;
  readonly #stored = new Wakeup();
  readonly #assigned = new Wakeup();
  #running: Promise<void> = Promise.resolve();
  /** Only while leading: whoever else leads takes them from PostgreSQL. */
  #untold: UntoldEvents | undefined;
  /** Aborted when a stop has waited long enough. */
  readonly #late = new AbortController();

  constructor(options: RelayLeaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#campaign();
  }

  /** Events were stored: no need to wait for the next look, nor to read them. */
  wake(events: readonly ScoredRequest[]): void {
    this.#untold?.add(events);
    this.#stored.wake();
  }

  /** Resolves when the relay has ended after `signal` was aborted: what was stored before is told, unless there is too much of it. */
  async stopped(): Promise<void> {
    const late = setTimeout(() => this.#late.abort(), FAREWELL_MAX_MS);
    this.#stored.wake();
    this.#assigned.wake();
    await this.#running;
    clearTimeout(late);
  }

  async #campaign(): Promise<void> {
    const { database, signal, log, metrics, silenceMaxMs = SILENCE_MAX_MS } = this.#options;
    const warn = saySeldom((err) => log.warn({ err }, 'the relay has no connection to PostgreSQL; standing by'));
    while (!signal.aborted) {
      try {
        await database.session((session) => this.#candidate(session, silenceMaxMs), { answerMaxMs: silenceMaxMs });
      } catch (err) {
        if (!signal.aborted) warn(err);
      } finally {
        metrics.relayLeader.set(0);
      }
      await delay(CANDIDATE_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Leads if nobody else does. The connection goes back to the pool, so nothing of it may stay on it. */
  async #candidate(session: Session, silenceMaxMs: number): Promise<void> {
    const { log, metrics } = this.#options;
    // Before the lock: a leader may fall silent as soon as it has it.
    await session.query(`set idle_session_timeout = ${silenceMaxMs}`);
    try {
      if (!(await tryLock(session))) return;
      log.info('leading the relay');
      metrics.relayLeader.set(1);
      try {
        await this.#lead(session);
      } finally {
        this.#untold = undefined;
        await session.query(`select pg_advisory_unlock($1)`, [RELAY_LOCK]);
      }
    } finally {
      await session.query(`reset idle_session_timeout`);
    }
  }

  async #lead(session: Session): Promise<void> {
    this.#untold = new UntoldEvents();
    const relay = new Relay(session, this.#options.log, this.#untold);
    // One part that fails ends the others: they share a connection, and whoever leads next starts from the cursors.
    const failed = new AbortController();
    const until = AbortSignal.any([this.#options.signal, failed.signal]);
    const nobodyWaits = AbortSignal.any([this.#late.signal, failed.signal]);
    const guarded = (work: Promise<void>): Promise<void> =>
      work.catch((error: unknown) => {
        failed.abort();
        this.#stored.wake();
        this.#assigned.wake();
        throw error;
      });
    // Before anything is assigned: where a sink that is new begins must not hang on which comes first.
    const cursors: number[] = [];
    for (const sink of this.#options.sinks) cursors.push(await relay.cursor(sink.name, sink.startsAtEnd));
    const assigning = guarded(this.#assign(relay, until));
    const pump = (sink: AlertSink, index: number): Promise<void> =>
      guarded(this.#pump(relay, sink, cursors[index]!, assigning, { until, nobodyWaits }));
    const results = await Promise.allSettled([assigning, ...this.#options.sinks.map(pump)]);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** Ends when all that was stored before the stop has its `seq`. */
  async #assign(relay: Relay, until: AbortSignal): Promise<void> {
    let isWoken = true;
    let othersStoredMs = -Infinity;
    for (;;) {
      const isLast = until.aborted;
      const { count, more } = await relay.assign(isWoken || isLast);
      if (count > 0) {
        this.#assigned.wake();
        if (!isWoken) othersStoredMs = performance.now();
      }
      if (isLast && (!more || this.#late.signal.aborted)) return;
      if (more) continue;
      const isAlone = performance.now() - othersStoredMs > ALONE_AFTER_MS;
      isWoken = await this.#stored.wait(isAlone ? ALONE_INTERVAL_MS : OTHERS_INTERVAL_MS);
    }
  }

  /**
   * Ends when the sink has all that was assigned, or refuses it after the stop: then it is left to whoever leads next.
   * @param cursor the last alert that it has
   * @param assigning settled when nothing more is assigned
   */
  async #pump(
    relay: Relay,
    sink: AlertSink,
    cursor: number,
    assigning: Promise<void>,
    { until, nobodyWaits }: { until: AbortSignal; nobodyWaits: AbortSignal },
  ): Promise<void> {
    let isAssigned = false;
    const end = (): void => {
      isAssigned = true;
      this.#assigned.wake();
    };
    void assigning.then(end, end);
    const { metrics, log } = this.#options;
    let written = { cursor, atMs: -Infinity };
    const write = async (): Promise<void> => {
      if (written.cursor === cursor) return;
      await relay.advance(sink.name, cursor);
      written = { cursor, atMs: performance.now() };
    };
    for (;;) {
      const isLast = isAssigned;
      if (isLast && this.#late.signal.aborted) break;
      const waitMs = written.atMs + CURSOR_INTERVAL_MS - performance.now();
      if (waitMs <= 0) await write();
      const idleMs = written.cursor === cursor ? CANDIDATE_INTERVAL_MS : Math.max(1, waitMs);
      const restMs = isLast ? 0 : (sink.restMs?.() ?? 0);
      if (restMs > 0) {
        await this.#assigned.wait(Math.min(restMs, idleMs));
        continue;
      }
      const group = await relay.read(cursor);
      if (group.lastSeq === cursor) {
        if (isLast) break;
        await this.#assigned.wait(idleMs);
        continue;
      }
      let furtherSeq: number | void;
      try {
        furtherSeq = await retry(() => sink.publish(group.alerts, relay, nobodyWaits), {
          signal: until,
          onRetry: (err, attempt) => {
            metrics.publishFailures.inc({ sink: sink.name });
            if (attempt === 1 || attempt % 20 === 0)
              log.warn({ err, sink: sink.name, attempt }, 'cannot publish; trying again');
          },
          onRecovery: (failures) => log.info({ sink: sink.name, failures }, 'publishing again'),
        });
      } catch (error) {
        // After the stop that is no failure, which would cut the other sinks short: what they were told then, they would be told again.
        if (this.#options.signal.aborted) break;
        throw error;
      }
      cursor = Math.max(group.lastSeq, furtherSeq ?? 0);
      metrics.published.inc({ sink: sink.name }, group.alerts.length + cursor - group.lastSeq);
    }
    await write();
  }
}

async function tryLock(session: Session): Promise<boolean> {
  const rows = await session.query<{ locked: boolean }>(`select pg_try_advisory_lock($1) as locked`, [RELAY_LOCK]);
  return rows[0]?.locked === true;
}
