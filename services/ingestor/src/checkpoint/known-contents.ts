import { fileFingerprint } from '@vigil/shared/lines/ids';
import type { Checkpoint, ContentState } from './checkpoint-state.ts';
import { PROOF_BYTES, proofOf, shaOf } from './proof.ts';

/** Contents that are read to the end, stand in no file any more and are still remembered, for each source. */
const VANISHED_MAX = 8;
/** First lines whose generation is remembered, for each source, beside those of contents that are. */
const GENERATIONS_MAX = 64;
/** Sources that nobody follows and that are still remembered. */
const LEFT_MAX = 1_000;
/** No source is forgotten sooner than this: until then whoever named paths by mistake can name the right ones. */
const LEFT_KEPT_MS = 3_600_000;

/** File systems take the time from a clock that ticks this much more coarsely. */
export const FILE_CLOCK_LAG_MS = 10;

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
  /** Given up under way, since its file was not found. */
  lost: boolean;
  /** Sources whose path led to its file while another had that open: under their path it is this file and no later one. */
  awaitedBy: Set<string>;
}

interface SourceEntry {
  sinceMs: number;
  /** Nobody has looked yet what is there, under this path or another, in this process or one before it. */
  isNew: boolean;
  records: ContentRecord[];
  generations: Map<string, number>;
  /** Readers in this process: of the log itself and of archives of it. */
  readers: number;
  /** Those of them that have not looked yet what is there. */
  toLook: number;
  /** When the last of them left, or this process began, by the performance clock. */
  leftAtMs: number;
}

/** All contents of all sources: what the checkpoint holds. */
export class KnownContents {
  readonly #sources = new Map<string, SourceEntry>();
  #looked: Checkpoint['looked'];

  constructor(checkpoint?: Checkpoint) {
    this.#looked = checkpoint?.looked;
    for (const [name, state] of Object.entries(checkpoint?.sources ?? {})) {
      const records = state.contents.map(({ source = name, ...content }) => ({
        ...content,
        source,
        ...nobodyReads(undefined),
      }));
      const generations = new Map(state.generations);
      this.#sources.set(name, {
        // Where the checkpoint was written before it by the clock, that has been set back since the source was first followed.
        sinceMs: Math.min(state.sinceMs, checkpoint?.savedAtMs ?? Infinity),
        isNew: state.isNew === true,
        records,
        generations,
        readers: 0,
        toLook: 0,
        leftAtMs: performance.now(),
      });
    }
  }

  /**
   * When files were last looked for by these very patterns, in this process or one before it, epoch ms: what they name and nobody knows
   * was not there then. Undefined where other patterns were looked for last. Where it is still to come, the clock has been set back since:
   * nobody knows when it was, and what is there may all be newer.
   * @param nowMs epoch ms
   */
  lastLook(patterns: readonly string[], nowMs: number): number | undefined {
    if (this.#looked === undefined) return undefined;
    const { patterns: last, atMs } = this.#looked;
    if (last.length !== patterns.length || !patterns.every((one, index) => one === last[index])) return undefined;
    return atMs > nowMs ? FILE_CLOCK_LAG_MS : atMs;
  }

  /** Files were looked for. @param atMs when that began, epoch ms */
  lookedFor(patterns: readonly string[], atMs: number): void {
    this.#looked = { patterns: [...patterns], atMs };
  }

  /** Whether the source was ever followed, in this process or one before it, and is remembered. */
  has(source: string): boolean {
    return this.#sources.has(source);
  }

  /**
   * Registers a reader of a source, to be followed by `looked`.
   * @param nowMs since when a source that nobody knows counts as followed, epoch ms
   * @returns since when the source is followed, epoch ms; where that is still to come, the clock has been set back since, and as in
   *   `lastLook` all that is there may be newer
   */
  follow(source: string, nowMs = Date.now()): number {
    const entry = this.#entryOf(source, nowMs);
    entry.readers += 1;
    entry.toLook += 1;
    if (entry.sinceMs <= nowMs) return entry.sinceMs;
    entry.sinceMs = nowMs;
    return FILE_CLOCK_LAG_MS;
  }

  /** Whether nobody has looked yet what is there, under the source's path or another, in this process or one before it. */
  isNew(source: string): boolean {
    return this.#entryOf(source).isNew;
  }

  /** A reader of the source has taken up what it found: others may have what it did not. */
  looked(source: string): void {
    const entry = this.#entryOf(source);
    entry.toLook -= 1;
    if (entry.toLook === 0) entry.isNew = false;
  }

  /** A reader lets go of the source, which is remembered for a while: it may come back. */
  leave(source: string): void {
    const entry = this.#entryOf(source);
    entry.readers -= 1;
    if (entry.readers > 0) return;
    entry.leftAtMs = performance.now();
    // Last in the map: those that were left before it are forgotten before it.
    this.#sources.delete(source);
    this.#sources.set(source, entry);
  }

  /** Whether all readers of the source have looked what is there. */
  isLookedAt(source: string): boolean {
    return this.#entryOf(source).toLook === 0;
  }

  /** Contents of a source, in the order in which they were found last. */
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
      other === source || toLook > 0
        ? []
        : records.filter((record) => record.ino === file.ino && canMove(record, source)),
    );
    return [...this.of(source), ...moved];
  }

  /**
   * Gives a content to the source that has found it. Where nobody follows the source that had it, the log has moved, and its other
   * contents, which may stand in rotated files, go with it.
   */
  moveTo(source: string, record: ContentRecord): void {
    record.awaitedBy.delete(source);
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
    const nothing = proofOf(new Uint8Array());
    const record: ContentRecord = {
      dev: identity.dev,
      ino: identity.ino,
      source,
      fingerprint: fileFingerprint(firstLine, nextGeneration(entry, firstLineSha)),
      firstLineSha,
      head: nothing,
      committed: 0,
      anchor: nothing,
      intended: [],
      done: false,
      ...nobodyReads(0),
    };
    entry.records.push(record);
    return record;
  }

  /**
   * Another source that reads this very file, or is about to, where two configured paths lead to it. Once that lets go of the file, it
   * is known under this path, too.
   */
  waitForOwner(source: string, firstLineSha: string, file: FileIdentity): string | undefined {
    for (const [other, { records, toLook }] of this.#sources) {
      if (other === source) continue;
      const owns = (r: ContentRecord): boolean =>
        r.ino === file.ino && r.dev === file.dev && r.firstLineSha === firstLineSha && (r.open || toLook > 0);
      const owned = records.find(owns);
      if (owned === undefined) continue;
      if (owned.open) owned.awaitedBy.add(source);
      return other;
    }
    return undefined;
  }

  /** A file that was compressed or copied is another file with the same content, by which that is to be found from now on. */
  sawDone(source: string, record: ContentRecord, { dev, ino }: FileIdentity): void {
    if (!isForgettable(record)) return;
    const entry = this.#entryOf(source);
    entry.records = [...entry.records.filter((other) => other !== record), Object.assign(record, { dev, ino })];
  }

  /** Whether the source has more contents that are done than are remembered without a file. */
  hasManyDone(source: string): boolean {
    return this.of(source).filter(isForgettable).length > VANISHED_MAX;
  }

  /**
   * Forgets contents of a source that are long done and stand in no file any more.
   * @param present rotated files of the source that are there
   */
  forgetVanished(source: string, present: readonly FileIdentity[]): void {
    const entry = this.#entryOf(source);
    const nameOf = ({ dev, ino }: FileIdentity): string => `${dev} ${ino}`;
    // File systems give numbers out again: a file holds what was seen in it last.
    const holds = new Map(entry.records.map((record) => [nameOf(record), record]));
    const standing = new Set(present.map((file) => holds.get(nameOf(file))));
    const isVanished = (record: ContentRecord): boolean => isForgettable(record) && !standing.has(record);
    let surplus = entry.records.filter(isVanished).length - VANISHED_MAX;
    entry.records = entry.records.filter((record) => !(isVanished(record) && surplus-- > 0));
  }

  /**
   * What the checkpoint shall hold now; forgets sources that were left long ago.
   * @param nowMs by the performance clock
   */
  snapshot(savedAtMs: number, nowMs = performance.now()): Checkpoint {
    this.#forgetLeft(nowMs);
    const sources: Checkpoint['sources'] = {};
    for (const [name, { sinceMs, isNew, records, generations }] of this.#sources) {
      for (const record of records) {
        if (record.closing && record.pending === 0 && record.intended.length === 0) record.done = true;
      }
      sources[name] = {
        sinceMs,
        ...(isNew ? { isNew } : {}),
        contents: records.map((record) => stateOf(record, name)),
        generations: [...generations],
      };
    }
    return { v: 1, savedAtMs, ...(this.#looked === undefined ? {} : { looked: this.#looked }), sources };
  }

  #forgetLeft(nowMs: number): void {
    const left = [...this.#sources].filter(([, { readers }]) => readers === 0);
    for (const [source, { leftAtMs }] of left.slice(0, Math.max(0, left.length - LEFT_MAX)))
      if (nowMs - leftAtMs > LEFT_KEPT_MS) this.#sources.delete(source);
  }

  #entryOf(source: string, nowMs = Date.now()): SourceEntry {
    let entry = this.#sources.get(source);
    if (entry === undefined) {
      const sinceMs = nowMs - FILE_CLOCK_LAG_MS;
      entry = {
        sinceMs,
        isNew: true,
        records: [],
        generations: new Map(),
        readers: 0,
        toLook: 0,
        leftAtMs: performance.now(),
      };
      this.#sources.set(source, entry);
    }
    return entry;
  }
}

/** What only this process knows of a content that it has not begun to read. */
function nobodyReads(cut: ContentRecord['cut']): Omit<ContentRecord, keyof ContentState> {
  return { open: false, cut, pending: 0, closing: false, lost: false, awaitedBy: new Set() };
}

/** How many contents of a source began with this first line before. */
function nextGeneration({ generations, records }: SourceEntry, firstLineSha: string): number {
  const generation = generations.get(firstLineSha) ?? 0;
  // Deleted first so that the map's order is that of last use.
  generations.delete(firstLineSha);
  generations.set(firstLineSha, generation + 1);
  const inUse = new Set(records.map((record) => record.firstLineSha));
  let surplus = [...generations.keys()].filter((sha) => !inUse.has(sha)).length - GENERATIONS_MAX;
  for (const sha of generations.keys()) if (!inUse.has(sha) && surplus-- > 0) generations.delete(sha);
  return generation;
}

function isForgettable(record: ContentRecord): boolean {
  return record.done && !record.open;
}

/**
 * Whether a file of a source with its number may hold it. File systems give the numbers of removed files out again, and many files begin
 * with the same few lines: what was read to its end is known only by a whole proof, or where the file was there while it was read.
 */
function canMove({ open, done, lost, head, awaitedBy }: ContentRecord, source: string): boolean {
  return !open && (!done || lost || head.length === PROOF_BYTES || awaitedBy.has(source));
}

function stateOf(record: ContentRecord, holder: string): ContentState {
  const { source, fingerprint, firstLineSha, head, dev, ino, committed, anchor, intended, done } = record;
  const state = { fingerprint, firstLineSha, head, dev, ino, committed, anchor, intended, done };
  return source === holder ? state : { ...state, source };
}
