import { compress, decompress } from '../compression/zstd.ts';

/** Shorter JSON stays as it is: packing it would take as long as it spares. */
const JSON_LENGTH_MIN = 16 * 1024;
/** Guards a consumer against a decompression bomb in the queue; no scorer makes as much of a batch. */
const JSON_BYTES_MAX = 128 * 1024 * 1024;

/**
 * A job's data as the store keeps it where its JSON is long. The store and its clients copy a job a dozen times on its way and read it as a
 * text each time, which takes twice as long as to pack it once; of memory, what waits takes a sixth.
 */
interface PackedData {
  /** JSON, compressed with zstd, in base64. */
  zstd: string;
}

/**
 * A job's data as the store is to keep it; `unpackData` makes of it what it was. What is packed already stays so: a dispatcher of an
 * earlier release dead-letters it like that, and unpacking takes one layer off.
 */
export function packData(data: unknown): unknown {
  if (isPacked(data)) return data;
  const json = JSON.stringify(data);
  if (json.length < JSON_LENGTH_MIN) return data;
  const bytes = Buffer.from(json);
  if (bytes.length > JSON_BYTES_MAX) return data;
  return { zstd: compress(bytes).toString('base64') } satisfies PackedData;
}

/** What was packed; data that never was, or that cannot be unpacked, as it came: whoever reads it says what is wrong with it. */
export function unpackData(data: unknown): unknown {
  if (!isPacked(data)) return data;
  try {
    return JSON.parse(decompress(Buffer.from(data.zstd, 'base64'), JSON_BYTES_MAX).toString());
  } catch {
    return data;
  }
}

function isPacked(data: unknown): data is PackedData {
  return typeof data === 'object' && data !== null && typeof (data as Partial<PackedData>).zstd === 'string';
}
