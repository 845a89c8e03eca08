import { Redis } from 'ioredis';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

// For servers that somebody else runs and tests may use: they can have passwords, TLS and leftovers.

/** Rejects unless the Redis server at the URL answers. */
export async function probeRedisUrl(url: string): Promise<void> {
  await withRedis(url, async (redis) => redis.ping());
}

/** Empties the database that the URL names (database 0 when it names none). */
export async function emptyRedis(url: string): Promise<void> {
  await withRedis(url, async (redis) => redis.flushdb());
}

async function withRedis(url: string, use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 });
  // The commands below reject with the same error.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** Rejects unless the NATS server at the URL answers and has JetStream. */
export async function probeNatsUrl(url: string): Promise<void> {
  const connection = await connect({ servers: url, timeout: 5000, reconnect: false });
  try {
    const manager = await jetstreamManager(connection);
    await manager.getAccountInfo();
  } finally {
    await connection.close();
  }
}

/** Deletes every stream of the account that the URL connects to. */
export async function emptyNats(url: string): Promise<void> {
  const connection = await connect({ servers: url, timeout: 5000, reconnect: false });
  try {
    const manager = await jetstreamManager(connection);
    for await (const name of manager.streams.names()) await manager.streams.delete(name);
  } finally {
    await connection.close();
  }
}
