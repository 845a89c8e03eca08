import { Redis, ReplyError, type RedisOptions } from 'ioredis';
import { keepStringMethodsFast } from './fast-string-methods.ts';

keepStringMethodsFast();

export type ConnectOptions = Pick<
  RedisOptions,
  'autoResubscribe' | 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'connectionName' | 'socketTimeout'
>;

/**
 * A peer that vanished gives no answer, and TCP goes on asking it for a quarter of an hour. Longer than the ten seconds at most for which
 * BullMQ has Redis wait for jobs.
 */
export const SILENCE_MAX_MS = 20_000;

/** What a former master says: it keeps its connections over a failover, while its address leads to the new one. */
const isNoMaster = (error: Error): boolean => error.message.includes('READONLY');

/** Redis has no such database, or does not let this user in; ioredis would go on in database 0, where the keys of others may be. */
const isWrongDatabase = (error: unknown): boolean =>
  error instanceof ReplyError && (error as { command?: { name?: string } }).command?.name === 'select';

/** Why each connection that does not take commands does not, as it was last told. */
const troubles = new WeakMap<Redis, string>();

/** What keeps the connection from taking commands, as far as is known. */
export function troubleOf(redis: Redis): string {
  return troubles.get(redis) ?? `connection ${redis.status}`;
}

/**
 * A connection that reconnects for ever with a growing wait (at most 2 s), also where it is silent while a command waits, leads to a
 * replica or not to the URL's database, and never ends the process by an unheard `error` event: callers see failures where they await a command.
 */
export function connectRedis(url: string, options: ConnectOptions = {}): Redis {
  const retryStrategy = (times: number): number => Math.min(times * 50, 2_000);
  const redis = new Redis(url, {
    socketTimeout: SILENCE_MAX_MS,
    ...options,
    retryStrategy,
    reconnectOnError: isNoMaster,
  });
  let isGivenUp = false;
  redis.on('error', (error: NodeJS.ErrnoException) => {
    // What comes of giving it up says nothing new.
    if (isGivenUp) return;
    troubles.set(redis, error.message || String(error.code));
    if (!isWrongDatabase(error)) return;
    isGivenUp = true;
    redis.disconnect(true);
  });
  redis.on('connect', () => (isGivenUp = false));
  redis.on('ready', () => void troubles.delete(redis));
  // Whoever asks while it is away listens for its return, and many may ask at once.
  redis.setMaxListeners(Infinity);
  return redis;
}
