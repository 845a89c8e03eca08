import { createHash } from 'node:crypto';
import { fileFingerprint } from '@vigil/shared/lines/ids';
import type { Checkpoint, ContentState, Proof, SourceState } from './checkpoint-state.ts';

/** Contents that are read to the end and still remembered, for each source. */
const DONE_MAX = 8;
/** First lines whose generation is remembered, for each source. */
const GENERATIONS_MAX = 64;

/** A content's state, with what only this process knows of it. */
export interface ContentRecord extends ContentState {
  source: string;
  /** A reader is on it; a second file with the same content is a copy. */
  open: boolean;
  /** Everything before it is in batches of this process; undefined until its declared batches were read again. */
  cut: number | undefined;
  /** Batches on their way to the queue. */
  pending: number;
  /** No further batch will come: done as soon as the last one is accepted. */
  closing: boolean;
}

export function proofOf(bytes: Uint8Array): Proof {
  return { length: bytes.byteLength, sha: shaOf(bytes) };
}

export function shaOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

interface SourceEntry {
  sinceMs: number;
  records: ContentRecord[];
  generations: Map<string, number>;
}

/** File systems take the time from a clock that ticks this much more coarsely. */
const FILE_CLOCK_LAG_MS = 10;

/** All contents of all sources: what the checkpoint holds. */
export class KnownContents {
  readonly #sources = new Map<string, SourceEntry>();

  constructor(checkpoint?: Checkpoint) {
    for (const [source, state] of Object.entries(checkpoint?.sources ?? {})) {
      const records = state.contents.map((content) => ({
        ...content,
        source,
        open: false,
        cut: undefined,
        pending: 0,
        closing: false,
      }));
      this.#sources.set(source, { sinceMs: state.sinceMs, records, generations: new Map(state.generations) });
    }
  }

  /**
   * Registers a source that is followed from now on, if it is not known.
   * @returns since when it is followed, epoch ms, and whether that was before this process began
   */
  follow(source: string): { sinceMs: number; isNew: boolean } {
    const isNew = !this.#sources.has(source);
    return { sinceMs: this.#entryOf(source).sinceMs, isNew };
  }

  /** Contents of a source, oldest first. */
  of(source: string): readonly ContentRecord[] {
    return this.#sources.get(source)?.records ?? [];
  }

  /** Records a content that was never seen; one with a first line seen before gets a fingerprint of its own. */
  add(source: string, firstLine: Uint8Array, identity: Pick<ContentState, 'dev' | 'ino'>): ContentRecord {
    const entry = this.#entryOf(source);
    const firstLineSha = shaOf(firstLine);
    const generation = entry.generations.get(firstLineSha) ?? 0;
    // Deleted first so that the map's order is that of last use.
    entry.generations.delete(firstLineSha);
    entry.generations.set(firstLineSha, generation + 1);
    for (const oldest of entry.generations.keys()) {
      if (entry.generations.size <= GENERATIONS_MAX) break;
      entry.generations.delete(oldest);
    }
    const nothing = proofOf(new Uint8Array());
    const record: ContentRecord = {
      dev: identity.dev,
      ino: identity.ino,
      source,
      fingerprint: fileFingerprint(firstLine, generation),
      firstLineSha,
      head: nothing,
      committed: 0,
      anchor: nothing,
      intended: [],
      done: false,
      open: false,
      cut: 0,
      pending: 0,
      closing: false,
    };
    entry.records.push(record);
    return record;
  }

  /** Takes back an `add`. */
  forget(record: ContentRecord): void {
    const entry = this.#sources.get(record.source);
    if (entry !== undefined) entry.records = entry.records.filter((other) => other !== record);
  }

  /** Another source that already reads this very file, where two configured paths lead to it. */
  otherOwnerOf(record: ContentRecord): string | undefined {
    for (const [source, { records }] of this.#sources) {
      if (source === record.source) continue;
      const isSame = (r: ContentRecord): boolean =>
        !r.done && r.ino === record.ino && r.dev === record.dev && r.firstLineSha === record.firstLineSha;
      if (records.some(isSame)) return source;
    }
    return undefined;
  }

  /** What the checkpoint shall hold now; forgets contents that are long done. */
  snapshot(savedAtMs: number): Checkpoint {
    const sources: Record<string, SourceState> = {};
    for (const [source, entry] of this.#sources) {
      for (const record of entry.records) {
        if (record.closing && record.pending === 0 && record.intended.length === 0) record.done = true;
      }
      let surplus = entry.records.filter(isForgettable).length - DONE_MAX;
      entry.records = entry.records.filter((record) => !(isForgettable(record) && surplus-- > 0));
      sources[source] = {
        sinceMs: entry.sinceMs,
        contents: entry.records.map(
          ({ source: _source, open: _open, pending: _pending, closing: _closing, cut: _cut, ...state }) => state,
        ),
        generations: [...entry.generations],
      };
    }
    return { v: 1, savedAtMs, sources };
  }

  #entryOf(source: string): SourceEntry {
    let entry = this.#sources.get(source);
    if (entry === undefined) {
      entry = { sinceMs: Date.now() - FILE_CLOCK_LAG_MS, records: [], generations: new Map() };
      this.#sources.set(source, entry);
    }
    return entry;
  }
}

function isForgettable(record: ContentRecord): boolean {
  return record.done && !record.open;
}
