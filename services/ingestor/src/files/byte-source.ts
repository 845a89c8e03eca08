import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Behind } from '../lines/cut-lines.ts';
import { inodeNumber } from './inode.ts';
import { whyNoFile } from './why-unreadable.ts';

/** Bytes that one read asks for at most. */
export const READ_BYTES = 1024 * 1024;

export interface ReadResult {
  /** Valid until the next read of any source that shares the buffer. */
  bytes: Buffer;
  behind: Behind;
  /** Why nothing more can be had, though there should be. */
  damage?: Error;
}

/** Where a content's bytes come from: a file, or a stream whose positions only go forward. */
export interface ByteSource {
  /** Bytes from `position` on, at least `bytesMin` where there are that many. Streams must not be asked for what they gave up. */
  read(position: number, bytesMin?: number): Promise<ReadResult>;
  /** Present size, bytes; undefined where it is not known before the end. */
  size(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** One buffer for all files of an ingestor: it reads one after the other, and batches copy what they keep. */
export class ReadBuffer {
  #bytes = Buffer.allocUnsafe(READ_BYTES);

  atLeast(length: number): Buffer {
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafe(length);
    return this.#bytes;
  }
}

/** An open file; it stays readable after a rename or a removal. */
export class FileBytes implements ByteSource {
  readonly #handle: FileHandle;
  readonly #buffer: ReadBuffer;
  readonly dev: number;
  readonly ino: number;

  private constructor(handle: FileHandle, buffer: ReadBuffer, dev: number, ino: number) {
    this.#handle = handle;
    this.#buffer = buffer;
    this.dev = dev;
    this.ino = ino;
  }

  /** @throws ENOENT, EACCES …; `NotAFileError` for folders, sockets, devices and pipes */
  static async open(path: string, buffer: ReadBuffer): Promise<FileBytes> {
    // To open a pipe that nobody writes to would wait for a writer, and everything else with it.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat({ bigint: true });
      const reason = whyNoFile(stat);
      if (reason !== undefined) throw new NotAFileError(reason);
      return new FileBytes(handle, buffer, Number(stat.dev), inodeNumber(stat.ino));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async read(position: number, bytesMin = 0): Promise<ReadResult> {
    const length = Math.max(READ_BYTES, bytesMin);
    const buffer = this.#buffer.atLeast(length);
    const { bytesRead } = await this.#handle.read(buffer, 0, length, position);
    return { bytes: buffer.subarray(0, bytesRead), behind: bytesRead === length ? 'more' : 'eof' };
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** Whether the file has no name any more. */
  async isUnlinked(): Promise<boolean> {
    return (await this.#handle.stat()).nlink === 0;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What stands at the path is no regular file; the message says what it is. */
class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
}
