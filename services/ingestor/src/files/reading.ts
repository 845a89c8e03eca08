import type { Logger } from '@vigil/shared/logging/logger';
import type { KnownContents, ContentRecord } from '../checkpoint/known-contents.ts';
import type { CutLimits } from '../lines/cut-lines.ts';
import type { IngestMetrics, SourceKind } from '../metrics.ts';
import type { PreparedBatch } from '../pipeline.ts';
import { FileBytes, type ReadBuffer } from './byte-source.ts';
import { Content, type Step } from './content.ts';
import type { OpenedFile } from './open-file.ts';

/** What all readers of an ingestor share. */
export interface ReadingContext {
  known: KnownContents;
  buffer: ReadBuffer;
  limits: CutLimits;
  format: string | undefined;
  /** Takes batches in order. */
  emit: (batch: PreparedBatch) => void;
  /** The state changed although no batch came. */
  touch: () => void;
  metrics: IngestMetrics;
  log: Logger;
}

/** A file under way; without content until its first line is complete. */
export class Reading {
  readonly file: OpenedFile;
  readonly #context: ReadingContext;
  #content: Content | undefined;
  /** Since when the path leads elsewhere; undefined for the present file. */
  detachedAtMs: number | undefined;
  grewAtMs: number;
  /** Byte at which to begin if the content was never seen. */
  beginAt = 0;
  /** Size at the last look at its first line. */
  sizeLookedAt: number | undefined;

  constructor(file: OpenedFile, context: ReadingContext, nowMs: number, detachedAtMs?: number) {
    this.file = file;
    this.#context = context;
    this.grewAtMs = nowMs;
    this.detachedAtMs = detachedAtMs;
  }

  get record(): ContentRecord | undefined {
    return this.#content?.origin.record;
  }

  get cut(): number {
    return this.#content?.cut ?? 0;
  }

  /** Furthest byte that was looked at. */
  get scanned(): number {
    return this.#content?.scanned ?? 0;
  }

  /**
   * Takes a content up where it was left: after what this process has in batches, or at the batches that the last process had
   * declared, which the first step sends again.
   */
  async resume(record: ContentRecord, kind: SourceKind): Promise<void> {
    record.done = false;
    this.#content = this.#contentOf(record, kind, record.cut ?? record.committed);
    // Not yet: what stands in older files goes first.
    if (record.cut === undefined && record.intended.length > 0) return;
    record.cut ??= record.committed;
    await this.#content.loadAnchor();
  }

  /** @returns the batches sent again; none where the file does not hold them any more */
  async #replay(content: Content, record: ContentRecord): Promise<PreparedBatch[]> {
    const { log, metrics } = this.#context;
    const batches = await content.replay();
    if (batches !== undefined) return batches;
    log.warn({ path: this.file.path, position: record.committed }, 'batches under way at the last stop are gone');
    metrics.lostContents.inc();
    record.intended = [];
    record.cut = record.committed;
    this.#content = this.#contentOf(record, content.origin.kind, record.committed);
    await this.#content.loadAnchor();
    return [];
  }

  /** Reads a content that was never seen. */
  async begin(record: ContentRecord, kind: SourceKind): Promise<void> {
    record.committed = record.cut = this.beginAt;
    this.#content = this.#contentOf(record, kind, record.committed);
    await this.#content.loadAnchor();
    this.#context.log.info({ path: this.file.path, fingerprint: record.fingerprint }, 'reading a new file');
  }

  /** Reads the next window and emits its batches; undefined where there is nothing new to read. */
  async step(nowMs: number, final: boolean): Promise<Step | undefined> {
    const content = this.#content;
    if (content === undefined) return undefined;
    const { record } = content.origin;
    if (record !== undefined && record.cut === undefined) {
      const batches = await this.#replay(content, record);
      batches.forEach(this.#context.emit);
      return { outcome: 'read', batches, behind: 'more' };
    }
    const size = await this.file.bytes.size();
    if (size !== undefined && size === content.sizeSeen && !final) return undefined;
    const step = await content.step(final);
    step.batches.forEach(this.#context.emit);
    if (size === undefined || size !== content.sizeSeen || step.batches.length > 0) this.grewAtMs = nowMs;
    return step;
  }

  async isUnlinked(): Promise<boolean> {
    const { bytes } = this.file;
    return bytes instanceof FileBytes && (await bytes.isUnlinked());
  }

  async lagBytes(): Promise<number> {
    const size = await this.file.bytes.size().catch(() => undefined);
    return size === undefined ? 0 : Math.max(0, size - (this.record?.committed ?? 0));
  }

  /** Lets go of the file. @param finished no batch of its content will come any more */
  async close(finished: boolean): Promise<void> {
    const { record } = this;
    if (this.#content === undefined) await this.file.bytes.close();
    else await this.#content.close();
    if (finished && record !== undefined) record.closing = true;
    this.#context.touch();
  }

  #contentOf(record: ContentRecord, kind: SourceKind, position: number): Content {
    const { source, fingerprint } = record;
    const { format, limits } = this.#context;
    record.dev = this.file.dev;
    record.ino = this.file.ino;
    return new Content(this.file.bytes, { source, kind, fingerprint, format, record }, limits, position);
  }
}
