import { Redis } from 'ioredis';
import { connect } from 'nats';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { testServices } from './test-services.ts';

test('lends a test file its own Redis, NATS with JetStream and empty database, the same ones on every call', async () => {
  const { redisUrl, natsUrl, postgresUrl } = await testServices(['redis', 'nats', 'postgres']);
  expect(await testServices(['postgres', 'redis'])).toEqual({ postgresUrl, redisUrl });

  const redis = new Redis(redisUrl);
  expect(await redis.dbsize()).toBe(0);
  await redis.set('mine', '1');
  redis.disconnect();

  const nats = await connect({ servers: natsUrl });
  const manager = await nats.jetstreamManager();
  await manager.streams.add({ name: 'MINE', subjects: ['mine'] });
  expect((await manager.streams.list().next()).map((stream) => stream.config.name)).toEqual(['MINE']);
  await nats.close();

  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query('CREATE TABLE mine (id int)');
  const tables = await client.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  expect(tables.rows).toEqual([{ name: 'mine' }]);
  await client.end();
});
