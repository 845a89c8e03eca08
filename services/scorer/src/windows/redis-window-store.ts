import type { Redis } from 'ioredis';
import type { WindowDelta } from '@vigil/detection/windows/batch-windows';
import { MINUTES_KEPT, SLOW_PERIODS_KEPT } from '@vigil/detection/windows/bucket';
import { hashText } from '@vigil/detection/windows/hash';
import { connectRedis } from '@vigil/shared/redis/connect-redis';
import { BUCKET_BYTES, decodeBuckets, encodeBucket } from './bucket-codec.ts';
import { MERGE_SCRIPT, WANTED } from './merge-script.ts';
import { BATCH_TTL_MS, MINUTES_TTL_MS, PERIODS_TTL_MS, type Histories, type WindowStore } from './window-store.ts';

/** Clients per script call: what keeps one call to a few milliseconds, during which Redis serves nobody else. */
const CLIENTS_PER_CALL = 1000;
/** Hashes that the clients of one epoch are spread over, so that none is so large that its expiry holds Redis up. */
const SHARDS = 32;
const EMPTY = new Float64Array(0);

type Kind = 'minutes' | 'periods';

/** What is kept how long. A history lives in the hash of its epoch and moves to the next one's when it changes. */
const KINDS: Record<Kind, { key: string; epochMs: number; bucketsMax: number }> = {
  minutes: { key: 'm', epochMs: MINUTES_TTL_MS, bucketsMax: MINUTES_KEPT },
  periods: { key: 's', epochMs: PERIODS_TTL_MS, bucketsMax: SLOW_PERIODS_KEPT },
};

interface Part {
  ip: string;
  wanted: boolean;
  buckets: readonly Float64Array[];
}

interface Group {
  kind: Kind;
  shard: number;
  parts: Part[];
}

interface Held {
  minutes: Buffer | undefined;
  periods: Buffer | undefined;
}

type MergeCommand = (keyCount: number, ...keysAndArguments: (string | number | Buffer)[]) => Promise<(Buffer | null)[]>;

/**
 * Windows that all scorers share, in Redis. A batch is one script call per 1000 clients, each atomic with its own marker.
 * @param options.prefix key prefix; the same for all scorers
 */
export function createRedisWindowStore(url: string, options: { prefix: string }): WindowStore {
  const redis = connectRedis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, connectionName: 'windows' });
  // ioredis sends the script's hash, and the script itself where Redis does not know it (after a restart, say).
  redis.defineCommand('mergeWindows', { lua: MERGE_SCRIPT });
  const merge = (redis as Redis & { mergeWindowsBuffer: MergeCommand }).mergeWindowsBuffer.bind(redis);
  const prefix = `${options.prefix}:windows`;

  const applyChunk = async (marker: string, deltas: readonly WindowDelta[], into: Map<string, Held>): Promise<void> => {
    const groups = groupsOf(deltas);
    const nowMs = Date.now();
    const keys: string[] = [marker];
    const args: (string | number | Buffer)[] = [BATCH_TTL_MS];
    for (const { kind, shard, parts } of groups) {
      const { key, epochMs, bucketsMax } = KINDS[kind];
      const epoch = Math.floor(nowMs / epochMs);
      keys.push(`${prefix}:${key}:${epoch}:${shard}`, `${prefix}:${key}:${epoch - 1}:${shard}`);
      args.push(2 * epochMs, bucketsMax, parts.length);
      for (const { ip } of parts) args.push(ip);
      args.push(encodeParts(parts));
    }
    const values = await merge(keys.length, ...keys, ...args);
    let next = 0;
    for (const { kind, parts } of groups) {
      for (const { ip, wanted } of parts) {
        if (!wanted) continue;
        const held = into.get(ip) ?? { minutes: undefined, periods: undefined };
        held[kind] = values[next] ?? undefined;
        into.set(ip, held);
        next += 1;
      }
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

/** The clients by the hash that holds them; the same deltas always make the same groups. */
function groupsOf(deltas: readonly WindowDelta[]): Group[] {
  const groups = new Map<string, Group>();
  const add = (kind: Kind, delta: WindowDelta, shard: number): void => {
    const key = `${kind}${shard}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { kind, shard, parts: [] }));
    group.parts.push({ ip: delta.ip, wanted: delta.wanted, buckets: newest(delta[kind]) });
  };
  for (const delta of deltas) {
    const shard = hashText(delta.ip) % SHARDS;
    add('minutes', delta, shard);
    if (delta.periods.length > 0) add('periods', delta, shard);
  }
  return [...groups.values()];
}

/** A batch may span any time, yet the store keeps a few buckets: the last that fit the blob's one byte of count. */
function newest(buckets: readonly Float64Array[]): readonly Float64Array[] {
  return buckets.length <= 255 ? buckets : buckets.toSorted((a, b) => a[0]! - b[0]!).slice(-255);
}

function encodeParts(parts: readonly Part[]): Buffer {
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + 2 + part.buckets.length * BUCKET_BYTES, 0));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const { wanted, buckets } of parts) {
    bytes[at] = wanted ? WANTED : 0;
    bytes[at + 1] = buckets.length;
    at += 2;
    for (const bucket of buckets) at = encodeBucket(view, at, bucket);
  }
  return bytes;
}
