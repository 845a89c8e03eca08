import type { Redis } from 'ioredis';
import type { WindowDelta } from '@vigil/detection/windows/window-delta';
import { MINUTES_KEPT, SLOW_PERIODS_KEPT } from '@vigil/detection/windows/bucket';
import { hashText } from '@vigil/detection/windows/hash';
import { connectRedis } from '@vigil/shared/redis/connect-redis';
import { redisClock } from '@vigil/shared/redis/redis-clock';
import { HistoryWriter, compacted, decodeHistory } from './history-codec.ts';
import { COMPACT_SCRIPT, MERGE_SCRIPT } from './merge-script.ts';
import { BATCH_TTL_MS, MINUTES_TTL_MS, PERIODS_TTL_MS, type Histories, type WindowStore } from './window-store.ts';

/** Clients per script call: what keeps one call to a few milliseconds, during which Redis serves nobody else. */
const CLIENTS_PER_CALL = 1000;
/** Hashes that the clients of one epoch are spread over, so that none is so large that its expiry holds Redis up. */
const SHARDS = 16;
const EMPTY = new Float64Array(0);

type Kind = 'minutes' | 'periods';

/** What is kept how long. A history lies in the hash of the epoch in which it was written, and is read from two of them. */
const KINDS: Record<Kind, { key: string; epochMs: number; newestMax: number }> = {
  minutes: { key: 'm', epochMs: MINUTES_TTL_MS, newestMax: MINUTES_KEPT },
  periods: { key: 's', epochMs: PERIODS_TTL_MS, newestMax: SLOW_PERIODS_KEPT },
};
const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** A client's history as it came from Redis: of the epoch before and of this one. */
type Held = Record<Kind, readonly [Buffer, Buffer] | undefined>;

type Script<Reply> = (keyCount: number, ...keysAndArguments: (string | number | Buffer)[]) => Promise<Reply>;
type MergeReply = [wantedCount: number, wanted: Buffer[], long: (number | Buffer)[]];

/**
 * Windows that all scorers share, in Redis. A batch is one script call per 1000 clients, each atomic with its own marker.
 * @param options.prefix key prefix; the same for all scorers
 */
export function createRedisWindowStore(url: string, options: { prefix: string }): WindowStore {
  const redis = connectRedis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, connectionName: 'windows' });
  // ioredis sends a script's hash, and the script itself where Redis does not know it (after a restart, say).
  redis.defineCommand('mergeWindows', { lua: MERGE_SCRIPT });
  redis.defineCommand('compactWindows', { lua: COMPACT_SCRIPT });
  const scripts = redis as Redis & { mergeWindowsBuffer: Script<MergeReply>; compactWindows: Script<null> };
  const prefix = `${options.prefix}:windows`;
  // Scorers whose own clocks are in different epochs would not see each other's histories.
  const clock = redisClock(redis);
  const writer = new HistoryWriter();

  /** Compactions under way. The next batch waits for them, not the one that found what is to be compacted. */
  const compactions = new Set<Promise<void>>();

  const applyChunk = async (
    marker: string,
    nowMs: number,
    deltas: readonly WindowDelta[],
    into: Map<string, Held>,
  ): Promise<void> => {
    await Promise.all(compactions);
    const keys: string[] = [marker];
    const sizes: number[] = [];
    const kinds: Kind[] = [];
    const wantedOf: { key: string; kind: Kind }[] = [];
    writer.begin();
    for (const kind of KIND_NAMES) {
      const { key, epochMs } = KINDS[kind];
      const epoch = Math.floor(nowMs / epochMs);
      // Nobody reads it beyond the epoch after its own, and with each write it would live on for as long again.
      const ttlMs = Math.ceil((epoch + 2) * epochMs - nowMs);
      for (const [shard, clients] of shardsOf(kind, deltas)) {
        keys.push(`${prefix}:${key}:${epoch}:${shard}`, `${prefix}:${key}:${epoch - 1}:${shard}`);
        sizes.push(ttlMs, clients.length);
        kinds.push(kind);
        for (const delta of clients) {
          writer.add(delta.key, delta.wanted, delta[kind]);
          if (delta.wanted) wantedOf.push({ key: delta.key, kind });
        }
      }
    }
    const [, wanted, long] = await scripts.mergeWindowsBuffer(
      keys.length,
      ...keys,
      BATCH_TTL_MS,
      writer.end(),
      ...sizes,
    );
    for (const [index, { key, kind }] of wantedOf.entries()) {
      const held = into.get(key) ?? { minutes: undefined, periods: undefined };
      held[kind] = [wanted[2 * index + 1]!, wanted[2 * index]!];
      into.set(key, held);
    }
    if (long.length === 0) return;
    // What fails is found again by the next batch that adds to the history.
    const compaction = compact(keys, kinds, long).catch(() => undefined);
    compactions.add(compaction);
    void compaction.then(() => compactions.delete(compaction));
  };

  const compact = async (keys: readonly string[], kinds: readonly Kind[], long: readonly (number | Buffer)[]) => {
    const hashes: string[] = [];
    const args: Buffer[] = [];
    for (let at = 0; at < long.length; at += 3) {
      const key = (long[at] as number) - 1;
      const history = long[at + 2] as Buffer;
      hashes.push(keys[key]!);
      args.push(long[at + 1] as Buffer, history, compacted(history, KINDS[kinds[(key - 1) / 2]!].newestMax));
    }
    await scripts.compactWindows(hashes.length, ...hashes, ...args);
  };

  return {
    kind: 'redis',
    apply: async (batchId, deltas): Promise<Histories> => {
      const nowMs = await clock();
      const held = new Map<string, Held>();
      const calls: Promise<void>[] = [];
      for (let from = 0; from < deltas.length; from += CLIENTS_PER_CALL)
        calls.push(
          applyChunk(`${prefix}:b:${batchId}:${from}`, nowMs, deltas.slice(from, from + CLIENTS_PER_CALL), held),
        );
      await Promise.all(calls);
      const historyOf = (found: Held, kind: Kind): Float64Array => {
        const parts = found[kind];
        return parts === undefined ? EMPTY : decodeHistory(parts, KINDS[kind].newestMax);
      };
      return (key) => {
        const found = held.get(key);
        if (found === undefined) return undefined;
        return { minutes: historyOf(found, 'minutes'), periods: historyOf(found, 'periods') };
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
function shardsOf(kind: Kind, deltas: readonly WindowDelta[]): Map<number, WindowDelta[]> {
  const shards = new Map<number, WindowDelta[]>();
  for (const delta of deltas) {
    // Only minutes are always there.
    if (kind === 'periods' && delta.periods.length === 0) continue;
    const shard = hashText(delta.key) % SHARDS;
    const clients = shards.get(shard);
    if (clients === undefined) shards.set(shard, [delta]);
    else clients.push(delta);
  }
  return shards;
}
