import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * Rooms that a frame is decoded into, one after another. Node keeps a frame's last one until V8 has collected its whole heap, and V8 does
 * so once such memory comes to 64 MB: with a room for a whole batch, which spares a copy, scorers collected theirs three times as often.
 * Small frames get no more than they probably need, by how much logs compress.
 */
const CHUNK_BYTES_MAX = 64 * 1024;
const CHUNK_BYTES_MIN = 4 * 1024;
const EXPECTED_RATIO = 12;

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
