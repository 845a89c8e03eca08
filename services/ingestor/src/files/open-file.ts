import { FileBytes, type ByteSource, type ReadBuffer } from './byte-source.ts';
import { openArchive } from './stream-bytes.ts';
import { compressionOf } from './unpack.ts';

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

/** The same file from its beginning: a stream that was looked into has gone on. */
export async function rewind(file: OpenedFile): Promise<OpenedFile> {
  if (compressionOf(file.path) === undefined) return file;
  await file.bytes.close();
  return { ...file, bytes: openArchive(file.path) };
}
