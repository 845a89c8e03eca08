import { compress, decompress } from '../compression/zstd.ts';
import type { QueueName } from './job-queue.ts';

/** Queues whose jobs are worth packing; those of the others are packed by who makes them. */
const PACKED: ReadonlySet<QueueName> = new Set<QueueName>(['scored']);

/** Shorter JSON stays as it is: packing it would take as long as it spares. */
const JSON_LENGTH_MIN = 16 * 1024;
/** Guards a consumer against a decompression bomb in the queue; no scorer makes as much of a batch. */
const JSON_BYTES_MAX = 128 * 1024 * 1024;
/** The same of a job that stopped its workers again and again: as JSON's values take many times its length, unpacking it may be what did. */
const SUSPECT_JSON_BYTES_MAX = 8 * 1024 * 1024;

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
export function packData(queue: QueueName, data: unknown): unknown {
  if (!PACKED.has(queue) || isPacked(data)) return data;
  const json = JSON.stringify(data);
  if (json.length < JSON_LENGTH_MIN) return data;
  const bytes = Buffer.from(json);
  if (bytes.length > JSON_BYTES_MAX) return data;
  return { zstd: compress(bytes).toString('base64') } satisfies PackedData;
}

/**
 * What was packed; data that never was, or that cannot be unpacked, as it came: whoever reads it says what is wrong with it.
 * @param isSuspect whether it may have been what stopped those who took the job before
 */
export function unpackData(queue: QueueName, data: unknown, isSuspect = false): unknown {
  if (!PACKED.has(queue) || !isPacked(data)) return data;
  const bytesMax = isSuspect ? SUSPECT_JSON_BYTES_MAX : JSON_BYTES_MAX;
  try {
    return JSON.parse(decompress(Buffer.from(data.zstd, 'base64'), bytesMax).toString());
  } catch {
    return data;
  }
}

function isPacked(data: unknown): data is PackedData {
  return typeof data === 'object' && data !== null && typeof (data as Partial<PackedData>).zstd === 'string';
}
