import type { Redis } from 'ioredis';
import { troubleOf } from './connect-redis.ts';

/**
 * Resolves when the connection takes commands, at once where it does already.
 * @throws after `timeoutMs`: whoever asked keeps what he has and tries again, instead of queueing it in memory without a bound
 */
export async function readyWithin(redis: Redis, timeoutMs = 1_000): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const onReady = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      redis.off('ready', onReady);
      reject(new Error(`Redis has not answered for ${timeoutMs} ms (${troubleOf(redis)})`));
    }, timeoutMs);
    redis.once('ready', onReady);
  });
}
