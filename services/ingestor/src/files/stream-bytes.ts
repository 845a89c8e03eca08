import { Readable } from 'node:stream';
import { READ_BYTES, type ByteSource, type ReadResult } from './byte-source.ts';
import { compressionOf, unpack } from './unpack.ts';

export interface StreamOptions {
  /** Wait for a full read (decompression) instead of answering with what has arrived (standard input). */
  waits: boolean;
  /** Called when a read may find more than the last one. */
  onReadable?: () => void;
  /** Once the stream has ended: why it did so before its time. An error of the stream itself would take what it has buffered along. */
  damage?: () => Error | undefined;
}

/** Bytes of a stream; keeps only what lies behind the last position asked for, at most about two reads. */
export class StreamBytes implements ByteSource {
  readonly #stream: Readable;
  readonly #waits: boolean;
  readonly #damage: (() => Error | undefined) | undefined;
  #kept: Buffer = Buffer.alloc(0);
  #keptFrom = 0;
  #ended = false;
  #error: Error | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(stream: Readable, options: StreamOptions) {
    this.#stream = stream;
    this.#waits = options.waits;
    this.#damage = options.damage;
    const notice = (): void => {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
      options.onReadable?.();
    };
    stream.on('readable', notice);
    stream.on('end', () => {
      this.#ended = true;
      notice();
    });
    stream.on('error', (error: Error) => {
      this.#error = error;
      notice();
    });
  }

  async read(position: number, bytesMin = 0): Promise<ReadResult> {
    if (position < this.#keptFrom) throw new Error(`position ${position} of a stream was given up`);
    const wanted = Math.max(READ_BYTES, bytesMin);
    for (;;) {
      const changed = this.#changed.promise;
      this.#take(position, wanted);
      if (this.#kept.length >= wanted) return { bytes: this.#kept, behind: 'more' };
      const error = this.#error ?? (this.#ended ? this.#damage?.() : undefined);
      if (error !== undefined) {
        if (this.#kept.length === 0) throw error;
        return { bytes: this.#kept, behind: 'eof', damage: error };
      }
      if (this.#ended) return { bytes: this.#kept, behind: 'final' };
      if (!this.#waits) return { bytes: this.#kept, behind: 'eof' };
      await changed;
    }
  }

  #take(position: number, wanted: number): void {
    const parts = [this.#kept];
    let end = this.#keptFrom + this.#kept.length;
    while (end - position < wanted) {
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk === null) break;
      parts.push(chunk);
      end += chunk.length;
      // Far from the position (taking up an archive again), what lies before it is let go at once.
      if (end <= position) parts.length = 0;
    }
    const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const from = end - all.length;
    const dropped = Math.min(Math.max(position - from, 0), all.length);
    this.#kept = all.subarray(dropped);
    this.#keptFrom = from + dropped;
  }

  async size(): Promise<undefined> {
    return undefined;
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }
}

/** Decompressed bytes of a `.gz` or `.zst` file, up to its damage if there is any. */
export function openArchive(path: string): StreamBytes {
  let damage: Error | undefined;
  const unpacked = async function* (): AsyncGenerator<Buffer> {
    damage = yield* unpack(path, compressionOf(path) ?? 'gzip');
  };
  return new StreamBytes(Readable.from(unpacked(), { objectMode: false }), { waits: true, damage: () => damage });
}
