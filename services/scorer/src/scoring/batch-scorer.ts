import type { Engine } from '@vigil/detection';
import type { TimeZone } from '@vigil/detection/formats/time-zone';
import { compressedAdvice } from '@vigil/detection/text/compressed';
import { looksUtf16, UTF16_ADVICE } from '@vigil/detection/text/utf16';
import type { ScoredBatch } from '@vigil/shared/contracts';
import { LoopTurns } from '@vigil/shared/lifecycle/loop-turns';
import { retry } from '@vigil/shared/lifecycle/retry';
import type { Logger } from '@vigil/shared/logging/logger';
import { saySeldom } from '@vigil/shared/logging/say-seldom';
import { lineBounds } from '../intake/split-lines.ts';
import type { ScorerMetrics } from '../metrics.ts';
import type { Histories, WindowStore } from '../windows/window-store.ts';
import { LineJudge, type Failure } from './judge-lines.ts';
import { SourceClocks } from './source-clocks.ts';
import { SourceParsers } from './source-parsers.ts';
import { toScoredBatch, type BatchHead } from './to-scored-batch.ts';
import { UnreadableSources } from './unreadable-sources.ts';

export interface BatchScorerParts {
  /** The engine of the moment: rules are reloaded while the service runs. */
  engine: () => Engine;
  windows: WindowStore;
  /** Zone of times that name none; absent, they are UTC. */
  zone?: TimeZone | undefined;
  metrics: ScorerMetrics;
  log: Logger;
  signal: AbortSignal;
  /** How long a batch waits for a window store that fails before it is judged by its own lines alone. */
  windowStorePatienceMs?: number;
}

/**
 * What Redis says to commands that it would refuse again. Out of memory, it has room again only when queues drain, and they drain only if
 * scoring goes on; what its user may do, and a key of somebody else's in the place of ours, it leaves to people.
 */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && /^(?:OOM|NOPERM|WRONGTYPE)\b/.test(error.message);
const NO_HISTORIES: Histories = () => undefined;

/** Scores batches. Holds what it learned of each source's format, so use one for all. */
export class BatchScorer {
  readonly #parts: BatchScorerParts;
  readonly #parsers: SourceParsers;
  readonly #unreadable = new UnreadableSources();
  readonly #clocks = new SourceClocks();
  readonly #turns = new LoopTurns();
  readonly #tellWindows: (err: unknown, batch: string) => void;

  constructor(parts: BatchScorerParts) {
    this.#parts = parts;
    this.#tellWindows = saySeldom((err, batch) =>
      parts.log.warn({ err, batch }, 'the window store fails; batches are judged by their own lines alone'),
    );
    const tellBadFormat = (source: string, err: unknown): void =>
      parts.log.error(
        { err, source },
        'the format set for the source, or its #Fields line, cannot be read; it is detected instead',
      );
    this.#parsers = new SourceParsers(tellBadFormat, parts.zone);
  }

  /**
   * @param bytes the batch's joined lines
   * @param skip lines that are known to harm the process
   */
  async score(batch: BatchHead, bytes: Buffer, skip?: ReadonlyMap<number, Failure>): Promise<ScoredBatch> {
    const { metrics } = this.#parts;
    await this.#turns.next();
    const engine = this.#parts.engine();
    const bounds = lineBounds(bytes, batch.lineCount);
    // Each line is a string of its own: cut from one string, a single kept field would keep the whole batch alive.
    const lineAt = (line: number): string => bytes.toString('latin1', bounds[line * 2]!, bounds[line * 2 + 1]!);
    const parser = this.#parsers.of(batch.source, batch.format);

    const endRead = metrics.stageSeconds.startTimer({ stage: 'inspect' });
    const judge = new LineJudge(engine, { site: batch.source });
    judge.read({ count: batch.lineCount, textAt: lineAt, bytes, bounds }, parser, skip);
    endRead();

    const histories = await this.#applyWindows(batch.id, judge);

    await this.#turns.next();
    const endConclude = metrics.stageSeconds.startTimer({ stage: 'conclude' });
    const offsetOf = (line: number): number => bounds[line * 2]!;
    const judged = judge.conclude(histories);
    const { scored, failures } = toScoredBatch({ batch, offsetOf, lineAt, parser }, judged, engine.version, Date.now());
    endConclude();
    this.#count(scored, judged.rejections.values(), failures);
    const unparsable = (scored.rejected.unparsable ?? 0) + (scored.rejected.invalid_timestamp ?? 0);
    if (this.#unreadable.showsNow(batch.source, judged.requests.size, unparsable)) this.#tellUnreadable(batch, bytes);
    if (judge.lastTimeMs !== undefined) this.#tellClock(batch, judge.lastTimeMs);
    if (this.#parts.log.isLevelEnabled('debug')) this.#logLow(judged);
    return scored;
  }

  /**
   * The clients' histories. A store that stays away must not stop detection: what a request's own text shows needs no windows.
   */
  async #applyWindows(batchId: string, judge: LineJudge): Promise<Histories> {
    const { windows, metrics, signal, windowStorePatienceMs = 10_000 } = this.#parts;
    const deltas = judge.windows.deltas();
    if (deltas.length === 0) return NO_HISTORIES;
    const endTimer = metrics.windowStoreSeconds.startTimer();
    const deadlineMs = performance.now() + windowStorePatienceMs;
    try {
      return await retry(() => windows.apply(batchId, deltas), {
        signal,
        delayMaxMs: 1_000,
        isTransient: (error) => performance.now() < deadlineMs && !isRefusal(error),
        onRetry: () => metrics.windowStoreFailures.inc({ outcome: 'retried' }),
      });
    } catch (err) {
      if (signal.aborted) throw err;
      metrics.windowStoreFailures.inc({ outcome: 'given_up' });
      this.#tellWindows(err, batchId);
      return NO_HISTORIES;
    } finally {
      endTimer();
    }
  }

  #count(scored: ScoredBatch, rejections: Iterable<string>, failures: readonly Failure[]): void {
    const { metrics } = this.#parts;
    metrics.batches.inc();
    for (const [severity, count] of Object.entries(scored.scored))
      if (count > 0) metrics.linesScored.inc({ severity }, count);
    for (const reason of rejections) metrics.linesRejected.inc({ reason });
    for (const { reason } of failures) metrics.linesDead.inc({ reason });
    const suppressions = Object.values(scored.suppressed).reduce((sum, count) => sum + count, 0);
    if (suppressions > 0) metrics.suppressed.inc(suppressions);
  }

  #tellUnreadable({ source, format = 'auto' }: BatchHead, bytes: Buffer): void {
    const encoded = looksUtf16(bytes) ? UTF16_ADVICE : compressedAdvice(bytes);
    const advice =
      encoded ??
      'set INGEST_FORMAT (or "format" on the push) to the log_format (nginx) or LogFormat (Apache) of your server as it stands in its configuration, or follow another file';
    this.#parts.log.warn({ source, format }, `no line of the source is a request in this format; ${advice}`);
  }

  #tellClock({ source, readAtMs }: BatchHead, timeMs: number): void {
    const shown = this.#clocks.shows(source, timeMs, readAtMs);
    if (shown === undefined) return;
    const { direction, minutes } = shown;
    const why = direction === 'ahead' ? 'a clock is wrong' : 'a clock is wrong, its lines come late';
    this.#parts.log.warn(
      { source, minutes },
      `the times of the source are ${direction === 'ahead' ? 'ahead of' : 'behind'} the clock of whoever reads it: ${why}, or it names no zone and is not in SOURCE_TIME_ZONE. Its events have these times, so that ranges which end now leave them out; have the server write times with a zone or in UTC, or set SOURCE_TIME_ZONE`,
    );
  }

  #logLow(judged: ReturnType<LineJudge['conclude']>): void {
    for (const [line, { severity, score, matchedRules }] of judged.assessments) {
      const request = judged.requests.get(line);
      if (severity !== 'LOW' || request === undefined) continue;
      const [path] = request.target.split('?', 1);
      this.#parts.log.debug({ severity, score, ip: request.sourceIp, path, matched_rules: matchedRules }, 'low');
    }
  }
}
