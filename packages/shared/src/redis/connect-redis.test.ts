import { once } from 'node:events';
import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { startRedis } from '@vigil/dev-services/redis';
import { testServices } from '@vigil/dev-services/test-services';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { retry } from '../lifecycle/retry.ts';
import { connectRedis } from './connect-redis.ts';
import { readyWithin } from './ready-within.ts';

test('a command whose connection has vanished and nobody said so is sent again on another', async () => {
  const { redisUrl } = await testServices(['redis']);
  const proxy = await startFreezableProxy(redisUrl);
  const redis = connectRedis(proxy.url, { maxRetriesPerRequest: null, socketTimeout: 1_000 });
  try {
    await redis.set('before', 1);
    proxy.freeze();
    proxy.thaw();
    expect(await redis.get('before')).toBe('1');
  } finally {
    redis.disconnect();
    await proxy.close();
  }
});

test('any number may wait for it at once, and nobody is warned of them', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  const redis = connectRedis('redis://127.0.0.1:1');
  try {
    const waiting = Array.from({ length: 30 }, () => readyWithin(redis, 10));
    const ended = await Promise.allSettled(waiting);
    expect(ended.map(({ status }) => status)).not.toContain('fulfilled');
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', warn);
    redis.disconnect();
  }
});

test('whoever waits in vain hears why', async () => {
  const { redisUrl } = await testServices(['redis']);
  const wrongKey = new URL(redisUrl);
  wrongKey.password = 'wrong';
  wrongKey.username = 'nobody';
  for (const [url, why] of [
    ['redis://127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
    ['redis://localhost:1', 'ECONNREFUSED'],
    [wrongKey.href, 'WRONGPASS'],
  ] as const) {
    const redis = connectRedis(url);
    try {
      await once(redis, 'error');
      await expect(readyWithin(redis, 10)).rejects.toThrow(why);
    } finally {
      redis.disconnect();
    }
  }
});

test('nothing is written into another database than the one of the URL, where Redis has no such one or refuses it', async () => {
  const server = await startRedis();
  const none = connectRedis(`${server.url}/1000`, { enableOfflineQueue: false });
  const third = connectRedis(`${server.url}/3`);
  const first = connectRedis(server.url);
  try {
    await third.set('kept', 1);
    await expect(readyWithin(none, 200)).rejects.toThrow('DB index is out of range');
    await expect(none.set('none', 1)).rejects.toThrow('writeable');
    await first.call('ACL', 'SETUSER', 'default', '-select');
    await first.call('CLIENT', 'KILL', 'SKIPME', 'yes');
    const written = third.set('third', 1);
    await once(third, 'error');
    await expect(readyWithin(third, 200)).rejects.toThrow('NOPERM');
    expect(await first.keys('*')).toEqual([]);
    await first.call('ACL', 'SETUSER', 'default', '+select');
    await retry(() => readyWithin(third));
    expect(await written).toBe('OK');
    expect(await third.mget('kept', 'third')).toEqual(['1', '1']);
  } finally {
    for (const connection of [none, third, first]) connection.disconnect();
    await server.stop();
  }
});

test('a connection to a master that is none any more is made anew, to the one that is', async () => {
  const { redisUrl } = await testServices(['redis']);
  const next = await startRedis({ origins: ['testcontainers', 'path', 'package-cache'] });
  const proxy = await startFreezableProxy(redisUrl);
  const [former, latter, redis] = [redisUrl, next.url, proxy.url].map((url) => connectRedis(url)) as [
    Redis,
    Redis,
    Redis,
  ];
  try {
    await redis.set('before', 1);
    const { hostname, port } = new URL(next.url);
    await former.replicaof(hostname, Number(port));
    proxy.divert(next.url);
    await retry(() => redis.set('after', 1));
    expect(await latter.get('after')).toBe('1');
  } finally {
    await former.replicaof('NO', 'ONE');
    for (const connection of [former, latter, redis]) connection.disconnect();
    await proxy.close();
    await next.stop();
  }
});
