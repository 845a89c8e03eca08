import { testServices } from '@vigil/dev-services/test-services';
import type { Redis } from 'ioredis';
import { afterEach, expect, it, vi } from 'vitest';
import { connectRedis } from '../redis/connect-redis.ts';
import { ownReplies } from './own-replies.ts';

let redis: Redis | undefined;
afterEach(() => redis?.disconnect());

/** Runs a script that replies with this, and returns what whoever asked gets, and what ioredis keeps. */
async function replyOf(lua: string): Promise<{ got: unknown; kept: unknown }> {
  const { redisUrl } = await testServices(['redis']);
  redis = ownReplies(connectRedis(redisUrl));
  redis.defineCommand('example', { lua: `return ${lua}`, numberOfKeys: 0 });
  const sent = vi.spyOn(redis, 'sendCommand');
  const got = await (redis as Redis & { example: () => Promise<unknown> }).example();
  return { got, kept: await sent.mock.results[0]!.value };
}

it('takes a list out of what ioredis keeps', async () => {
  const { got, kept } = await replyOf(`{{'name', 'scored', 'data', '{}'}, 'id', 0}`);
  expect([...(got as unknown[])]).toEqual([['name', 'scored', 'data', '{}'], 'id', 0]);
  expect(kept).toEqual([]);
});

it('has a list say that it is no number, instead of being written as a text to find out', async () => {
  const join = vi.spyOn(Array.prototype, 'join');
  try {
    const { got } = await replyOf(`{{'-5'}}`);
    join.mockClear();
    expect((got as number) < 0).toBe(false);
    expect(join).not.toHaveBeenCalled();
  } finally {
    join.mockRestore();
  }
});

it('leaves numbers and failures as they are', async () => {
  expect((await replyOf('-2')).got).toBe(-2);
  await expect(replyOf(`redis.error_reply('no')`)).rejects.toThrow('no');
});
