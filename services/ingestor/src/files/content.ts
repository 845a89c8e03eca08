import type { Proof } from '../checkpoint/checkpoint-state.ts';
import type { ContentRecord } from '../checkpoint/known-contents.ts';
import { PROOF_BYTES, proofOf } from '../checkpoint/proof.ts';
import { cutLines, type Behind, type CutLimits, type CutState, type LineRange } from '../lines/cut-lines.ts';
import { toLineBatch } from '../lines/to-line-batch.ts';
import { W3cColumns } from '../lines/w3c-columns.ts';
import type { SourceKind } from '../metrics.ts';
import type { PreparedBatch } from '../pipeline.ts';
import { FileBytes, READ_BYTES, type ByteSource } from './byte-source.ts';

export interface ContentOrigin {
  source: string;
  kind: SourceKind;
  fingerprint: string;
  format: string | undefined;
  /** What the checkpoint knows of it; absent for what cannot be read twice. */
  record?: ContentRecord;
}

export interface Step {
  /** `changed`: the bytes before our place are not those that were read; the file was truncated and written anew. */
  outcome: 'read' | 'changed';
  batches: PreparedBatch[];
  behind: Behind;
}

const NEWLINE = 0x0a;
/** How much of the beginning of a file that is taken up in its middle is searched for its columns, */
const HEAD_BYTES = 8192;
/** and how much of what comes before that place, where they may have changed. */
const LOOK_BACK_BYTES = 64 * 1024 * 1024;

/** Reads one content from its place on, a window at a time, into batches. */
export class Content {
  readonly bytes: ByteSource;
  readonly origin: ContentOrigin;
  readonly #limits: CutLimits;
  #state: CutState;
  /** Bytes directly before the cut, at most PROOF_BYTES: read again with each window to notice that the file is another. */
  #anchor: Buffer = Buffer.alloc(0);
  readonly #columns = new W3cColumns();
  /** Size when it was last read to its end. */
  sizeSeen = -1;

  constructor(bytes: ByteSource, origin: ContentOrigin, limits: CutLimits, position = 0) {
    this.bytes = bytes;
    this.origin = origin;
    this.#limits = limits;
    this.#state = { cut: position, scan: position, skipping: false };
    if (origin.record !== undefined) Object.assign(origin.record, { open: true, closing: false, lost: false });
  }

  /** Everything before it is in batches. */
  get cut(): number {
    return this.#state.cut;
  }

  /** Furthest byte that was looked at. */
  get scanned(): number {
    return this.#state.scan;
  }

  /**
   * Reads the next window.
   * @param final nothing will be appended any more
   * @throws where an archive is damaged and all lines before that were given
   */
  async step(final: boolean): Promise<Step> {
    const { scan } = this.#state;
    const anchor = this.#state.skipping ? Buffer.alloc(0) : this.#anchor;
    const from = scan - anchor.length;
    const read = await this.bytes.read(from);
    if (!read.bytes.subarray(0, anchor.length).equals(anchor))
      return { outcome: 'changed', batches: [], behind: 'eof' };
    const behind = final && read.behind === 'eof' ? 'final' : read.behind;
    const { ranges, state } = cutLines(read.bytes.subarray(anchor.length), this.#state, this.#limits, behind);
    // What came before the damage is delivered first.
    if (read.damage !== undefined && ranges.length === 0) throw read.damage;
    this.#state = state;
    if (behind !== 'more') this.sizeSeen = from + read.bytes.length;
    return { outcome: 'read', batches: this.#prepare(ranges, read.bytes, from), behind };
  }

  /**
   * Batches that the checkpoint had declared when the last process ended: the same ranges, the same ids.
   * @returns undefined where the file does not hold them any more
   */
  async replay(): Promise<PreparedBatch[] | undefined> {
    const { record } = this.origin;
    const batches: PreparedBatch[] = [];
    await this.#loadColumns(record?.intended[0]?.first ?? 0);
    for (const range of record?.intended ?? []) {
      // Skipped lines are not read again, however long: only their end is, to recognise the place later.
      const from = range.lines === 0 ? Math.max(range.first, range.end - PROOF_BYTES) : range.first;
      const { bytes } = await this.bytes.read(from, range.end - from);
      if (bytes.length < range.end - from) return undefined;
      this.#state = { cut: range.end, scan: range.end, skipping: false };
      const prepared = this.#prepare([range], bytes, from);
      batches.push(...prepared.map((batch) => ({ ...batch, declared: true })));
    }
    return batches;
  }

  /** Takes the bytes before the place over from the file, once they are known to be the right ones. */
  async loadAnchor(): Promise<void> {
    const { scan } = this.#state;
    await this.#loadColumns(scan);
    const from = Math.max(0, scan - PROOF_BYTES);
    this.#anchor = Buffer.from(await this.#span(from, scan));
  }

  /** What the log says of its columns before a place: last, or else at its head. */
  async #loadColumns(position: number): Promise<void> {
    if (position === 0 || !(this.bytes instanceof FileBytes)) return;
    this.#columns.pass(await this.#span(0, Math.min(position, HEAD_BYTES)));
    if (!this.#columns.isW3c) return;
    const oldest = Math.max(HEAD_BYTES, position - LOOK_BACK_BYTES);
    let end = position;
    while (end > oldest) {
      const from = Math.max(0, end - READ_BYTES);
      const span = await this.#span(from, end);
      if (span.length === 0) return;
      // A line that the span cuts is read whole with those before it.
      const begin = from === 0 ? 0 : span.subarray(0, -1).indexOf(NEWLINE) + 1;
      if (this.#columns.pass(span.subarray(begin))) return;
      end = from + begin;
    }
  }

  async #span(from: number, end: number): Promise<Buffer> {
    const { bytes } = await this.bytes.read(from, end - from);
    return bytes.subarray(0, end - from);
  }

  async close(): Promise<void> {
    const { record } = this.origin;
    if (record !== undefined) record.open = false;
    await this.bytes.close();
  }

  #prepare(ranges: readonly LineRange[], window: Buffer, from: number): PreparedBatch[] {
    const { source, fingerprint, format, kind, record } = this.origin;
    if (record !== undefined) record.cut = this.#state.cut;
    const readAtMs = Date.now();
    const last = ranges.at(-1);
    if (last === undefined) return [];
    this.#anchor = Buffer.from(before(window, last.end - from));
    if (record !== undefined && from === 0 && record.head.length < PROOF_BYTES)
      record.head = proofOf(window.subarray(0, Math.min(last.end, PROOF_BYTES)));
    return ranges.map((range) => {
      const rejected = range.tooLong === 0 ? {} : { too_long: range.tooLong };
      const bytes = window.subarray(Math.max(0, range.first - from), range.end - from);
      const origin = { source, fingerprint, positions: 'bytes' as const, format: format ?? this.#columns.header };
      const batch = toLineBatch(origin, range, rejected, bytes, readAtMs);
      this.#columns.pass(bytes);
      const anchor: Proof = proofOf(before(window, range.end - from));
      return { batch, kind, range, ...(record === undefined ? {} : { content: { record, anchor } }) };
    });
  }
}

function before(window: Buffer, end: number): Buffer {
  return window.subarray(Math.max(0, end - PROOF_BYTES), end);
}
