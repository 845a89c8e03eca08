import { Redis, type RedisOptions } from 'ioredis';
import { keepStringMethodsFast } from './fast-string-methods.ts';

keepStringMethodsFast();

export type ConnectOptions = Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'connectionName'>;

/**
 * A connection that reconnects for ever with a growing wait (at most 2 s) and never ends the process by an unheard `error` event:
 * callers see failures where they await a command.
 */
export function connectRedis(url: string, options: ConnectOptions = {}): Redis {
  const redis = new Redis(url, { ...options, retryStrategy: (times: number) => Math.min(times * 50, 2_000) });
  redis.on('error', () => undefined);
  return redis;
}
