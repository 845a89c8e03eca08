import { Redis } from 'ioredis';

/** Bytes that Redis has given to data and itself. */
export async function usedBytes(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  } finally {
    redis.disconnect();
  }
}
