import type { Redis } from 'ioredis';

/** Clocks drift apart by no more than a few milliseconds in this time. */
const ASK_AGAIN_MS = 60_000;

/** What the clock of Redis says, epoch ms. */
export async function redisNow(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

/**
 * The clock of Redis, epoch ms, which is one for all who share it: their own may be minutes apart. It is asked once a minute, and anew
 * after each connect.
 * @returns rejects where it has to be asked and Redis does not answer
 */
export function redisClock(redis: Redis): () => Promise<number> {
  let known: { aheadMs: number; askedAtMs: number } | undefined;
  redis.on('ready', () => {
    known = undefined;
  });
  return async () => {
    if (known === undefined || performance.now() - known.askedAtMs > ASK_AGAIN_MS) {
      const nowMs = await redisNow(redis);
      const askedAtMs = performance.now();
      known = { aheadMs: nowMs - askedAtMs, askedAtMs };
    }
    return known.aheadMs + performance.now();
  };
}
