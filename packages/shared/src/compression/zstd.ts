import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * Room for what a frame probably decodes to, by how much logs compress: with less, zstd decodes into a window of its own and copies from
 * it piece by piece, which takes half as long again; with much more, small frames fill the heap with rooms that they leave empty.
 */
const EXPECTED_RATIO = 12;
const CHUNK_BYTES_MIN = 4 * 1024;
/** What the ingestor makes of a batch at most (`BATCH_BYTES_MAX`) has room in it. */
const CHUNK_BYTES_MAX = 1024 * 1024 + CHUNK_BYTES_MIN;

/**
 * Compresses with zstd's fastest usual level. Room for the whole frame at once would spare zstd a tenth of its time and cost V8 more: it
 * collects its heap sooner, the more memory Buffers take outside.
 */
export function compress(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
}

/** @throws where the bytes are no frame of zstd, or decode to more than `bytesMax` */
export function decompress(packed: Uint8Array, bytesMax: number): Buffer {
  const chunkSize = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, packed.byteLength * EXPECTED_RATIO));
  return zstdDecompressSync(packed, { maxOutputLength: bytesMax, chunkSize });
}
