import { compress, decompress } from '../compression/zstd.ts';
import type { LineBatch } from '../contracts/line-batch.ts';

/** Most bytes that a payload may decode to: guards the scorer against a decompression bomb in the queue. */
const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

/** Payloads below this stay as they are: zstd gains nothing on them. */
const COMPRESS_BYTES_MIN = 512;

/** Packs joined lines for a LineBatch. */
export function packLines(bytes: Uint8Array): Pick<LineBatch, 'encoding' | 'payload'> {
  if (bytes.byteLength < COMPRESS_BYTES_MIN)
    return { encoding: 'plain', payload: Buffer.from(bytes).toString('base64') };
  return { encoding: 'zstd', payload: compress(bytes).toString('base64') };
}

/**
 * Joined lines of a LineBatch as bytes.
 * @throws where the payload is not what `encoding` says or decodes to more than `PAYLOAD_BYTES_MAX`
 */
export function unpackBytes(batch: Pick<LineBatch, 'encoding' | 'payload'>): Buffer {
  const packed = Buffer.from(batch.payload, 'base64');
  return batch.encoding === 'zstd' ? decompress(packed, PAYLOAD_BYTES_MAX) : packed;
}
