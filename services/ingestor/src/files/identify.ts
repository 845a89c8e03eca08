import { FIRST_LINE_BYTES_MAX } from '@vigil/shared/lines/line-length';
import type { Proof } from '../checkpoint/checkpoint-state.ts';
import type { ContentRecord, KnownContents } from '../checkpoint/known-contents.ts';
import { PROOF_BYTES, proofOf, shaOf } from '../checkpoint/proof.ts';
import type { Behind } from '../lines/cut-lines.ts';
import type { ByteSource } from './byte-source.ts';
import type { OpenedFile } from './open-file.ts';

const NEWLINE = 0x0a;

/** What an opened file turned out to hold. */
export type Identified =
  | { kind: 'incomplete' }
  | { kind: 'unknown'; firstLine: Buffer }
  /** Another source reads this very file, or is about to. */
  | { kind: 'owned'; firstLineSha: string; owner: string }
  | { kind: 'known'; firstLine: Buffer; record: ContentRecord; reachesCommitted: boolean };

/**
 * Compares an opened file with the contents that its source is known to have had. One that was read under another path, which leads
 * nobody to it any more, becomes the source's own, with the place up to which it was read.
 * @param final the file will not grow, so that an unterminated first line identifies it
 * @throws where the file is damaged before the end of its first line
 */
export async function identify(
  file: OpenedFile,
  source: string,
  known: KnownContents,
  final: boolean,
): Promise<Identified> {
  const read = await file.bytes.read(0);
  const isWhole = final && read.damage === undefined;
  const firstLine = firstLineOf(read.bytes, isWhole && read.behind === 'eof' ? 'final' : read.behind);
  if (firstLine === undefined && read.damage !== undefined) throw read.damage;
  if (firstLine === undefined) return { kind: 'incomplete' };
  const found = await findKnown(file, firstLine, known.candidatesFor(source, file));
  if (found !== undefined) {
    known.moveTo(source, found.record);
    known.sawDone(source, found.record, file);
    return { kind: 'known', firstLine, ...found };
  }
  const firstLineSha = shaOf(firstLine);
  const owner = known.waitForOwner(source, firstLineSha, file);
  return owner === undefined ? { kind: 'unknown', firstLine } : { kind: 'owned', firstLineSha, owner };
}

/**
 * The first line of a content, by which it gets its fingerprint; undefined while it is not complete.
 * @param behind `final` makes an unterminated line complete
 * @returns a copy: the bytes are gone with the next read
 */
function firstLineOf(bytes: Buffer, behind: Behind): Buffer | undefined {
  const newline = bytes.subarray(0, FIRST_LINE_BYTES_MAX + 1).indexOf(NEWLINE);
  if (newline !== -1) return Buffer.from(bytes.subarray(0, newline));
  if (bytes.length > FIRST_LINE_BYTES_MAX) return Buffer.from(bytes.subarray(0, FIRST_LINE_BYTES_MAX));
  return behind === 'final' && bytes.length > 0 ? Buffer.from(bytes) : undefined;
}

/**
 * Finds the known content that a file holds: the same beginning and, where the file is long enough, the same bytes before the
 * place up to which the content was accepted. A file that ends before that place is an early copy.
 * @param firstLine as `firstLineOf` gave it
 */
async function findKnown(
  { bytes, dev, ino }: OpenedFile,
  firstLine: Buffer,
  records: readonly ContentRecord[],
): Promise<{ record: ContentRecord; reachesCommitted: boolean } | undefined> {
  const firstLineSha = shaOf(firstLine);
  const isPreferred = (r: ContentRecord): number => (r.ino === ino && r.dev === dev ? 1 : 0);
  const candidates = records
    .filter((record) => record.firstLineSha === firstLineSha)
    .toReversed()
    .toSorted((a, b) => isPreferred(b) - isPreferred(a));
  const matching: ContentRecord[] = [];
  for (const record of candidates) if (await beginsAs(bytes, record.head)) matching.push(record);
  // A stream only goes forward: nearest place first.
  for (const record of matching.toSorted((a, b) => a.committed - b.committed)) {
    // An archive that was read to its end is not decompressed again only to see that.
    const isArchive = (await bytes.size()) === undefined;
    if (isArchive && record.done && record.head.length === PROOF_BYTES) return { record, reachesCommitted: false };
    // Both at once: the queue may accept a batch, and move the place, while the file is being read.
    const { committed, anchor } = record;
    const { bytes: found } = await bytes.read(committed - anchor.length, anchor.length);
    if (found.length < anchor.length) return { record, reachesCommitted: false };
    if (proofOf(found.subarray(0, anchor.length)).sha === anchor.sha) return { record, reachesCommitted: true };
  }
  return undefined;
}

async function beginsAs(bytes: ByteSource, proof: Proof): Promise<boolean> {
  const { bytes: found } = await bytes.read(0, proof.length);
  return found.length >= proof.length && proofOf(found.subarray(0, proof.length)).sha === proof.sha;
}
