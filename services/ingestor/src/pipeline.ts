import type { LineBatch } from '@vigil/shared/contracts';
import { retry } from '@vigil/shared/lifecycle/retry';
import type { Logger } from '@vigil/shared/logging/logger';
import type { JobProducer } from '@vigil/shared/queue/job-queue';
import { messageOf } from '@vigil/shared/text/message-of';
import { inSpan } from '@vigil/shared/tracing/in-span';
import type { Proof } from './checkpoint/checkpoint-state.ts';
import type { ContentRecord } from './checkpoint/known-contents.ts';
import type { LineRange } from './lines/cut-lines.ts';
import type { IngestMetrics, SourceKind } from './metrics.ts';

/** Batches that are declared and enqueued together. */
const FLIGHT_BATCHES_MAX = 64;
/** Payload bytes of a flight: what is under way when the queue turns out to be full goes over its bound. */
const FLIGHT_BYTES_MAX = 4 * 1024 * 1024;
/** After this long without a batch the last acceptance is written down by itself. */
const IDLE_COMMIT_MS = 250;

const WRITE_RETRY = { delayMs: 50, delayMaxMs: 1_000 };

export interface PreparedBatch {
  batch: LineBatch;
  kind: SourceKind;
  range: LineRange;
  /** Where reading can be taken up again; absent for what cannot be read twice (standard input). */
  content?: { record: ContentRecord; anchor: Proof };
  /** Already stands in the checkpoint: it is sent again after a crash. */
  declared?: boolean;
}

export interface PipelineOptions {
  producer: JobProducer<LineBatch>;
  /** Writes the present state of all records. */
  saveCheckpoint: () => Promise<void>;
  metrics: IngestMetrics;
  log: Logger;
  /** Aborted at the stop: what then fails is not tried again. */
  signal: AbortSignal;
  onEnqueued?: (batches: readonly LineBatch[]) => void;
}

/**
 * Takes batches to the queue, in order, each exactly once as far as anyone can tell: before a batch is enqueued the checkpoint
 * declares its range, and only what the queue accepted is committed by a later write. After a crash the declared ranges are read
 * and sent again with the same ids. The next flight is declared while the one before is being enqueued.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  #waiting: PreparedBatch[] = [];
  #waitingBytes = 0;
  #wake = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();
  #uncommitted = false;
  #underWay = 0;
  #closing = false;
  #running: Promise<void> | undefined;
  #hasSaved = false;
  #saveProblem: string | undefined;
  /** Why the queue takes nothing at present. */
  queueProblem: string | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /** To be called once the sources are known: from its first write on, the checkpoint says since when each is followed. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Why the checkpoint cannot be written at present, or says nothing yet of what this process follows. */
  get checkpointProblem(): string | undefined {
    return this.#saveProblem ?? (this.#hasSaved ? undefined : 'not written yet');
  }

  /** Everything that was pushed is accepted and written down. */
  get isIdle(): boolean {
    return this.#underWay === 0 && !this.#uncommitted;
  }

  get isFull(): boolean {
    return this.#waiting.length >= FLIGHT_BATCHES_MAX || this.#waitingBytes >= FLIGHT_BYTES_MAX;
  }

  /** Resolves once there is room for a batch, or the pipeline ended. */
  async room(): Promise<void> {
    while (this.isFull && !this.#closing) await this.#room.promise;
  }

  /** Takes a batch at once; callers await `room()` before they read more. */
  push(batch: PreparedBatch): void {
    if (batch.content !== undefined) batch.content.record.pending += 1;
    this.#underWay += 1;
    this.#waiting.push(batch);
    this.#waitingBytes += batch.batch.payload.length;
    this.#wake.resolve();
  }

  /** Writes the state down soon although no batch came: a content was found, finished or lost. */
  touch(): void {
    this.#uncommitted = true;
  }

  /** Sends what is there, commits it and ends. What fails now stays declared and is sent after the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake.resolve();
    this.#room.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    let enqueued: Promise<void> = Promise.resolve();
    try {
      // A log that is rotated before its first line was read is only known to be new by when it began to be followed.
      await this.#save();
      for (;;) {
        const flight = this.#take();
        this.#room.resolve();
        this.#room = Promise.withResolvers();
        if (flight.length > 0) {
          await this.#declare(flight);
          await enqueued;
          enqueued = this.#enqueue(flight);
          // Awaited later; a failure in between must not count as unhandled.
          enqueued.catch(() => undefined);
          continue;
        }
        if (this.#closing) break;
        await this.#idle(enqueued);
      }
      await enqueued;
      await this.#save();
    } catch (err) {
      this.#closing = true;
      this.#options.log.warn({ err }, 'stopped before all batches were accepted; they are sent after the next start');
    } finally {
      this.#room.resolve();
    }
  }

  #take(): PreparedBatch[] {
    let bytes = 0;
    let count = 0;
    while (count < Math.min(this.#waiting.length, FLIGHT_BATCHES_MAX) && bytes < FLIGHT_BYTES_MAX)
      bytes += this.#waiting[count++]!.batch.payload.length;
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  /** Waits for batches; meanwhile writes down what was accepted. */
  async #idle(enqueued: Promise<void>): Promise<void> {
    if (this.#waiting.length > 0) return;
    this.#wake = Promise.withResolvers();
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<'pause'>((resolve) => {
      timer = setTimeout(resolve, IDLE_COMMIT_MS, 'pause');
    });
    const ended = await Promise.race([this.#wake.promise, pause]);
    clearTimeout(timer);
    if (ended !== 'pause') return;
    await enqueued;
    if (this.#uncommitted) await this.#save();
  }

  async #declare(flight: readonly PreparedBatch[]): Promise<void> {
    let resumable = false;
    for (const { content, range, declared } of flight) {
      if (content === undefined) continue;
      resumable = true;
      if (declared !== true) content.record.intended.push({ ...range });
    }
    if (resumable) await this.#save();
  }

  async #save(): Promise<void> {
    const { saveCheckpoint, metrics, log, signal } = this.#options;
    this.#uncommitted = false;
    await retry(saveCheckpoint, {
      ...WRITE_RETRY,
      signal,
      onRetry: (err) => {
        metrics.checkpointFailures.inc();
        if (this.#saveProblem === undefined) log.error({ err }, 'the checkpoint cannot be written; reading waits');
        this.#saveProblem = messageOf(err);
      },
    });
    if (this.#saveProblem !== undefined) log.info('the checkpoint can be written again');
    this.#saveProblem = undefined;
    this.#hasSaved = true;
  }

  async #enqueue(flight: readonly PreparedBatch[]): Promise<void> {
    const { producer, metrics, log, signal, onEnqueued } = this.#options;
    const jobs = flight.map(({ batch }) => ({ id: batch.id, data: batch }));
    const enqueue = () => inSpan('enqueue lines', () => producer.addAll(jobs), flight[0]!.batch.readAtMs);
    await retry(enqueue, {
      ...WRITE_RETRY,
      signal,
      onRetry: (err) => {
        metrics.enqueueFailures.inc();
        if (this.queueProblem === undefined) log.warn({ err }, 'the queue takes no batches; reading waits');
        this.queueProblem = messageOf(err);
      },
    });
    if (this.queueProblem !== undefined) log.info('the queue takes batches again');
    this.queueProblem = undefined;
    for (const prepared of flight) this.#accepted(prepared);
    this.#underWay -= flight.length;
    onEnqueued?.(flight.map(({ batch }) => batch));
  }

  #accepted({ batch, kind, range, content }: PreparedBatch): void {
    const { metrics } = this.#options;
    metrics.batches.inc();
    metrics.linesRead.inc({ source_kind: kind }, range.lines + range.tooLong);
    metrics.bytesRead.inc({ source_kind: kind }, range.end - range.first);
    for (const [reason, lines] of Object.entries(batch.rejected)) metrics.rejected.inc({ reason }, lines);
    if (content === undefined) return;
    const { record, anchor } = content;
    record.committed = range.end;
    record.anchor = anchor;
    record.intended = record.intended.filter((intended) => intended.end > range.end);
    record.pending -= 1;
    this.#uncommitted = true;
  }
}
