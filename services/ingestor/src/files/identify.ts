import type { ContentRecord } from '../checkpoint/known-contents.ts';
import { PROOF_BYTES, proofOf, shaOf } from '../checkpoint/proof.ts';
import type { Behind } from '../lines/cut-lines.ts';
import type { ByteSource } from './byte-source.ts';

const NEWLINE = 0x0a;

/** A first line longer than this is identified by its beginning. */
const FIRST_LINE_BYTES_MAX = 65_536;

/**
 * The first line of a content, by which it gets its fingerprint; undefined while it is not complete.
 * @param behind `final` makes an unterminated line complete
 * @returns a copy: the bytes are gone with the next read
 */
export function firstLineOf(bytes: Buffer, behind: Behind): Buffer | undefined {
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
export async function findKnown(
  bytes: ByteSource,
  firstLine: Buffer,
  records: readonly ContentRecord[],
  preferred?: { dev: number; ino: number },
): Promise<{ record: ContentRecord; reachesCommitted: boolean } | undefined> {
  const firstLineSha = shaOf(firstLine);
  const isPreferred = (r: ContentRecord): number => (r.ino === preferred?.ino && r.dev === preferred.dev ? 1 : 0);
  const candidates = records
    .filter((record) => record.firstLineSha === firstLineSha)
    .toReversed()
    .toSorted((a, b) => isPreferred(b) - isPreferred(a));
  const matching: ContentRecord[] = [];
  for (const record of candidates) if (await proves(bytes, 0, record.head)) matching.push(record);
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

async function proves(bytes: ByteSource, from: number, proof: { length: number; sha: string }): Promise<boolean> {
  const { bytes: found } = await bytes.read(from, proof.length);
  return found.length >= proof.length && proofOf(found.subarray(0, proof.length)).sha === proof.sha;
}
