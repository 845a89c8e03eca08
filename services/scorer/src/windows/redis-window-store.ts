import type { Redis } from 'ioredis';
import type { WindowDelta } from '@vigil/detection/windows/batch-windows';
import { connectRedis } from '@vigil/shared/redis/connect-redis';
import { BUCKET_BYTES, decodeBuckets, encodeBucket } from './bucket-codec.ts';
import { MERGE_SCRIPT, SLOW, WANTED } from './merge-script.ts';
import { BATCH_TTL_MS, MINUTES_TTL_MS, PERIODS_TTL_MS, type Histories, type WindowStore } from './window-store.ts';

/** Clients per script call: what keeps one call to a few milliseconds, during which Redis serves nobody else. */
const CLIENTS_PER_CALL = 256;
const EMPTY = new Float64Array(0);

interface Part {
  ip: string;
  flags: number;
  buckets: readonly Float64Array[];
}

type MergeCommand = (keyCount: number, ...keysAndArguments: (string | number | Buffer)[]) => Promise<(Buffer | null)[]>;

/**
 * Windows that all scorers share, in Redis. A batch is one script call per 256 clients, each atomic with its own marker.
 * @param options.prefix key prefix; the same for all scorers
 */
export function createRedisWindowStore(url: string, options: { prefix: string }): WindowStore {
  const redis = connectRedis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, connectionName: 'windows' });
  // ioredis sends the script's hash, and the script itself where Redis does not know it (after a restart, say).
  redis.defineCommand('mergeWindows', { lua: MERGE_SCRIPT });
  const merge = (redis as Redis & { mergeWindowsBuffer: MergeCommand }).mergeWindowsBuffer.bind(redis);
  const prefix = `${options.prefix}:windows`;

  const applyChunk = async (marker: string, deltas: readonly WindowDelta[], into: Map<string, Held>): Promise<void> => {
    const parts = deltas.flatMap(partsOf);
    const keys = parts.map((part) => `${prefix}:${(part.flags & SLOW) === 0 ? 'm' : 's'}:${part.ip}`);
    const values = await merge(
      keys.length + 1,
      marker,
      ...keys,
      BATCH_TTL_MS,
      MINUTES_TTL_MS,
      PERIODS_TTL_MS,
      encodeParts(parts),
    );
    const wanted = parts.filter((part) => (part.flags & WANTED) !== 0);
    for (const [index, part] of wanted.entries()) {
      const held = into.get(part.ip) ?? { minutes: undefined, periods: undefined };
      held[(part.flags & SLOW) === 0 ? 'minutes' : 'periods'] = values[index] ?? undefined;
      into.set(part.ip, held);
    }
  };

  return {
    kind: 'redis',
    apply: async (batchId, deltas): Promise<Histories> => {
      const held = new Map<string, Held>();
      const calls: Promise<void>[] = [];
      for (let from = 0; from < deltas.length; from += CLIENTS_PER_CALL)
        calls.push(applyChunk(`${prefix}:b:${batchId}:${from}`, deltas.slice(from, from + CLIENTS_PER_CALL), held));
      await Promise.all(calls);
      return (ip) => {
        const found = held.get(ip);
        if (found === undefined) return undefined;
        const { minutes, periods } = found;
        return {
          minutes: minutes === undefined ? EMPTY : decodeBuckets(minutes),
          periods: periods === undefined ? EMPTY : decodeBuckets(periods),
        };
      };
    },
    ping: async () => {
      await redis.ping();
    },
    close: async () => {
      redis.disconnect();
    },
  };
}

interface Held {
  minutes: Buffer | undefined;
  periods: Buffer | undefined;
}

function partsOf(delta: WindowDelta): Part[] {
  const wanted = delta.wanted ? WANTED : 0;
  const parts: Part[] = [{ ip: delta.ip, flags: wanted, buckets: newest(delta.minutes) }];
  if (delta.periods.length > 0) parts.push({ ip: delta.ip, flags: wanted | SLOW, buckets: newest(delta.periods) });
  return parts;
}

/** A batch may span any time, yet the store keeps a few buckets: the last that fit the blob's one byte of count. */
function newest(buckets: readonly Float64Array[]): readonly Float64Array[] {
  return buckets.length <= 255 ? buckets : buckets.toSorted((a, b) => a[0]! - b[0]!).slice(-255);
}

function encodeParts(parts: readonly Part[]): Buffer {
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + 2 + part.buckets.length * BUCKET_BYTES, 0));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const { flags, buckets } of parts) {
    bytes[at] = flags;
    bytes[at + 1] = buckets.length;
    at += 2;
    for (const bucket of buckets) at = encodeBucket(view, at, bucket);
  }
  return bytes;
}
