import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { testServices } from '@vigil/dev-services/test-services';
import { expect, test } from 'vitest';
import { connectRedis } from './connect-redis.ts';

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
