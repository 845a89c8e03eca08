import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import type { LineBatch } from '../contracts/line-batch.ts';

/** Most bytes that a payload may decode to: guards the scorer against a decompression bomb in the queue. */
export const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Room for what a payload probably decodes to, by how much logs compress: with less, zstd decodes into a window of its own and copies from
 * it piece by piece, which takes half as long again; with much more, batches of a few lines fill the heap with rooms that they leave empty.
 */
const EXPECTED_RATIO = 12;
const CHUNK_BYTES_MIN = 4 * 1024;
/** What the ingestor makes of a batch at most (`BATCH_BYTES_MAX`) has room in it. */
const CHUNK_BYTES_MAX = 1024 * 1024 + CHUNK_BYTES_MIN;

const ZSTD_BLOCK_BYTES = 128 * 1024;

/** Payloads below this stay as they are: zstd gains nothing on them. */
const COMPRESS_BYTES_MIN = 512;

/** Packs joined lines for a LineBatch. */
export function packLines(bytes: Uint8Array): Pick<LineBatch, 'encoding' | 'payload'> {
  if (bytes.byteLength < COMPRESS_BYTES_MIN)
    return { encoding: 'plain', payload: Buffer.from(bytes).toString('base64') };
  const packed = zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
    chunkSize: compressBound(bytes.byteLength),
  });
  return { encoding: 'zstd', payload: packed.toString('base64') };
}

/** No frame of so many bytes is longer (zstd.h, ZSTD_COMPRESSBOUND). With room for it zstd compresses where the bytes lie, a tenth faster. */
function compressBound(bytes: number): number {
  return bytes + (bytes >> 8) + (Math.max(0, ZSTD_BLOCK_BYTES - bytes) >> 11);
}

/**
 * Joined lines of a LineBatch as bytes.
 * @throws where the payload is not what `encoding` says or decodes to more than `PAYLOAD_BYTES_MAX`
 */
export function unpackBytes(batch: Pick<LineBatch, 'encoding' | 'payload'>): Buffer {
  const packed = Buffer.from(batch.payload, 'base64');
  if (batch.encoding !== 'zstd') return packed;
  const chunkSize = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, packed.length * EXPECTED_RATIO));
  return zstdDecompressSync(packed, { maxOutputLength: PAYLOAD_BYTES_MAX, chunkSize });
}

/**
 * Joined lines of a LineBatch, one UTF-16 code unit per byte (Latin-1), so that string indexes are byte offsets.
 * @throws where the payload is not what `encoding` says or decodes to more than `PAYLOAD_BYTES_MAX`
 */
export function unpackLines(batch: Pick<LineBatch, 'encoding' | 'payload'>): string {
  return unpackBytes(batch).toString('latin1');
}
