import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';

export type Compression = 'gzip' | 'zstd';

/** Which decompression a file's name asks for. */
export function compressionOf(path: string): Compression | undefined {
  if (path.endsWith('.gz')) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : undefined;
}

/** Whether it is the archive's bytes that are at fault, and not how they were read. */
export function isDamage(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  return code.startsWith('Z_') || code.startsWith('ZSTD_');
}

/** What zlib is given at once, as by a stream that reads a file. */
const PIECE_BYTES = 64 * 1024;

/**
 * What an archive holds, all its members or frames. Where it is damaged, all that comes before the damage is given first.
 * @returns why there is no more, where the archive does not end there
 * @throws where it cannot be read
 */
export async function* unpack(path: string, compression: Compression): AsyncGenerator<Buffer, Error | undefined> {
  let position = 0;
  for (;;) {
    const { end, damage } = yield* unpackFrom(path, compression, position);
    if (damage !== undefined) return damage;
    // Of several frames, as pzstd and concatenation leave them, Node.js reads the first alone, and all members of gzip.
    if (compression === 'gzip' || end === position || end >= (await stat(path)).size) return undefined;
    position = end;
  }
}

/** @returns `end`: the place in the archive up to which it was unpacked */
async function* unpackFrom(
  path: string,
  compression: Compression,
  start: number,
): AsyncGenerator<Buffer, { end: number; damage?: Error }> {
  const unpacking = create(compression);
  // Errors of either stream arrive at `unpacking`.
  pipeline(createReadStream(path, { start }), unpacking, () => undefined);
  let given = 0;
  try {
    for await (const chunk of unpacking as AsyncIterable<Buffer>) {
      given += chunk.length;
      yield chunk;
    }
    return { end: start + unpacking.bytesWritten };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const end = start + unpacking.bytesWritten;
    const rest = await beforeDamage(path, compression, { start, end, given });
    if (rest.length > 0) yield rest;
    return { end, damage: error as Error };
  }
}

/**
 * zlib gives nothing of what it unpacked from the bytes among which the damage is: of a short archive with junk behind it, nothing at all.
 * So these are given to another one byte by byte.
 * @param known the part of the archive that was unpacked without an error, and how much of what is in it was given
 */
async function beforeDamage(
  path: string,
  compression: Compression,
  known: { start: number; end: number; given: number },
): Promise<Buffer> {
  const unpacking = create(compression);
  const parts: Buffer[] = [];
  let position = 0;
  // Taken at once: what a stream buffers is gone with its error.
  unpacking.on('data', (chunk: Buffer) => {
    const given = Math.max(0, known.given - position);
    if (given < chunk.length) parts.push(chunk.subarray(given));
    position += chunk.length;
  });
  pipeline(slowlyFrom(path, known), unpacking, () => undefined);
  // It ends with the same error.
  await finished(unpacking).catch(() => undefined);
  return Buffer.concat(parts);
}

/** An archive's bytes from `start` on, those behind `end` one by one. */
async function* slowlyFrom(path: string, { start, end }: { start: number; end: number }): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { start, end: end + PIECE_BYTES, highWaterMark: PIECE_BYTES });
  let position = start;
  for await (const chunk of file as AsyncIterable<Buffer>) {
    const fast = Math.min(chunk.length, Math.max(0, end - position));
    if (fast > 0) yield chunk.subarray(0, fast);
    for (let at = fast; at < chunk.length; at += 1) yield chunk.subarray(at, at + 1);
    position += chunk.length;
  }
}

function create(compression: Compression) {
  return compression === 'zstd' ? createZstdDecompress() : createGunzip();
}
