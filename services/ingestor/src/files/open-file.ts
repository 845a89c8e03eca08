import type { ContentRecord, KnownContents } from '../checkpoint/known-contents.ts';
import { shaOf } from '../checkpoint/proof.ts';
import { FileBytes, type ByteSource, type ReadBuffer } from './byte-source.ts';
import { findKnown, firstLineOf } from './identify.ts';
import { compressionOf, openArchive } from './stream-bytes.ts';

/** What an opened file turned out to hold. */
export type Identified =
  | { kind: 'incomplete' }
  | { kind: 'unknown'; firstLine: Buffer }
  /** Another source reads this very file, or is about to. */
  | { kind: 'owned'; firstLineSha: string; owner: string }
  | { kind: 'known'; firstLine: Buffer; record: ContentRecord; reachesCommitted: boolean };

export interface OpenedFile {
  path: string;
  bytes: ByteSource;
  dev: number;
  ino: number;
}

/** Opens a file, decompressing where its name asks for it. */
export async function openFile(path: string, buffer: ReadBuffer): Promise<OpenedFile> {
  const file = await FileBytes.open(path, buffer);
  const { dev, ino } = file;
  if (compressionOf(path) === undefined) return { path, bytes: file, dev, ino };
  await file.close();
  return { path, bytes: openArchive(path), dev, ino };
}

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
  const found = await findKnown(file.bytes, firstLine, known.candidatesFor(source, file), file);
  if (found !== undefined) {
    known.moveTo(source, found.record);
    known.sawDone(source, found.record, file);
    return { kind: 'known', firstLine, ...found };
  }
  const firstLineSha = shaOf(firstLine);
  const owner = known.waitForOwner(source, firstLineSha, file);
  return owner === undefined ? { kind: 'unknown', firstLine } : { kind: 'owned', firstLineSha, owner };
}

/** The same file from its beginning: a stream that was looked into has gone on. */
export async function rewind(file: OpenedFile): Promise<OpenedFile> {
  if (compressionOf(file.path) === undefined) return file;
  await file.bytes.close();
  return { ...file, bytes: openArchive(file.path) };
}
