import { createHash } from 'node:crypto';
import { fileFingerprint } from '@vigil/shared/lines/ids';
import type { Checkpoint, ContentState, Proof } from './checkpoint-state.ts';

/** Contents that are read to the end and still remembered, for each source. */
const DONE_MAX = 8;
/** First lines whose generation is remembered, for each source. */
const GENERATIONS_MAX = 64;
/** Bytes at the start of a content, and before the place up to which it was read, that tell it from others. */
export const PROOF_BYTES = 4_096;

/** Which file it is, wherever its name has moved to. */
export type FileIdentity = Pick<ContentState, 'dev' | 'ino'>;

/** A content's state, with what only this process knows of it. */
export interface ContentRecord extends ContentState {
  /** Source by whose name its lines have their ids: the one where it was first read, whoever reads it now. */
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
  /** No process before this one followed it, under this path or another. */
  isNew: boolean;
  records: ContentRecord[];
  generations: Map<string, number>;
  /** Readers in this process: of the log itself and of archives of it. */
  readers: number;
  /** Those of them that have not looked yet what is there. */
  toLook: number;
}

/** File systems take the time from a clock that ticks this much more coarsely. */
const FILE_CLOCK_LAG_MS = 10;

/** All contents of all sources: what the checkpoint holds. */
export class KnownContents {
  readonly #sources = new Map<string, SourceEntry>();

  constructor(checkpoint?: Checkpoint) {
    for (const [name, state] of Object.entries(checkpoint?.sources ?? {})) {
      const records = state.contents.map(({ source = name, ...content }) => ({
        ...content,
        source,
        open: false,
        cut: undefined,
        pending: 0,
        closing: false,
      }));
      const generations = new Map(state.generations);
      this.#sources.set(name, {
        sinceMs: state.sinceMs,
        isNew: false,
        records,
        generations,
        readers: 0,
        toLook: 0,
      });
    }
  }

  /**
   * Registers a reader of a source, to be followed by `looked`.
   * @returns since when the source is followed, epoch ms
   */
  follow(source: string): number {
    const entry = this.#entryOf(source);
    entry.readers += 1;
    entry.toLook += 1;
    return entry.sinceMs;
  }

  /** Whether no process before this one followed the source, under this path or another. */
  isNew(source: string): boolean {
    return this.#entryOf(source).isNew;
  }

  /** A reader of the source has taken up what it found: others may have what it did not. */
  looked(source: string): void {
    this.#entryOf(source).toLook -= 1;
  }

  /** Contents of a source, oldest first. */
  of(source: string): readonly ContentRecord[] {
    return this.#sources.get(source)?.records ?? [];
  }

  /**
   * Contents that a file of a source may hold: the source's own, and those that were read from this very file under another path,
   * where nobody reads it any more.
   */
  candidatesFor(source: string, file: FileIdentity): readonly ContentRecord[] {
    const moved = [...this.#sources].flatMap(([other, { records, toLook }]) =>
      // Without the device: a file system that is mounted anew may have got another number.
      other === source || toLook > 0 ? [] : records.filter((record) => record.ino === file.ino && canMove(record)),
    );
    return [...this.of(source), ...moved];
  }

  /**
   * Gives a content to the source that has found it. Where nobody follows the source that had it, the log has moved, and its other
   * contents, which may stand in rotated files, go with it.
   */
  moveTo(source: string, record: ContentRecord): void {
    const target = this.#entryOf(source);
    for (const entry of this.#sources.values()) {
      if (entry === target || !entry.records.includes(record)) continue;
      const hasMoved = entry.readers === 0;
      const moved = hasMoved ? entry.records : [record];
      if (hasMoved) target.isNew = false;
      entry.records = entry.records.filter((other) => !moved.includes(other));
      target.records = [...moved, ...target.records];
    }
  }

  /** Records a content that was never seen; one with a first line seen before gets a fingerprint of its own. */
  add(source: string, firstLine: Uint8Array, identity: FileIdentity): ContentRecord {
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

  /** Another source that reads this very file, or is about to, where two configured paths lead to it. */
  otherOwnerOf(source: string, firstLineSha: string, file: FileIdentity): string | undefined {
    for (const [other, { records, toLook }] of this.#sources) {
      if (other === source) continue;
      const owns = (r: ContentRecord): boolean =>
        r.ino === file.ino && r.dev === file.dev && r.firstLineSha === firstLineSha && (r.open || toLook > 0);
      if (records.some(owns)) return other;
    }
    return undefined;
  }

  /** What the checkpoint shall hold now; forgets contents that are long done. */
  snapshot(savedAtMs: number): Checkpoint {
    const sources: Checkpoint['sources'] = {};
    for (const [name, entry] of this.#sources) {
      for (const record of entry.records) {
        if (record.closing && record.pending === 0 && record.intended.length === 0) record.done = true;
      }
      let surplus = entry.records.filter(isForgettable).length - DONE_MAX;
      entry.records = entry.records.filter((record) => !(isForgettable(record) && surplus-- > 0));
      sources[name] = {
        sinceMs: entry.sinceMs,
        contents: entry.records.map((record) => stateOf(record, name)),
        generations: [...entry.generations],
      };
    }
    return { v: 1, savedAtMs, sources };
  }

  #entryOf(source: string): SourceEntry {
    let entry = this.#sources.get(source);
    if (entry === undefined) {
      const sinceMs = Date.now() - FILE_CLOCK_LAG_MS;
      entry = { sinceMs, isNew: true, records: [], generations: new Map(), readers: 0, toLook: 0 };
      this.#sources.set(source, entry);
    }
    return entry;
  }
}

function isForgettable(record: ContentRecord): boolean {
  return record.done && !record.open;
}

/**
 * Whether a file with its number may hold it. File systems give the numbers of removed files out again, and many files begin with the
 * same few lines: what was read to its end is known only by a whole proof.
 */
function canMove({ open, done, head }: ContentRecord): boolean {
  return !open && (!done || head.length === PROOF_BYTES);
}

function stateOf(record: ContentRecord, holder: string): ContentState {
  const { source, open: _open, pending: _pending, closing: _closing, cut: _cut, ...state } = record;
  return source === holder ? state : { ...state, source };
}
