import { expect, test } from 'vitest';
import { leaveSomething } from './testing/leave-something.ts';
import { testServices } from './test-services.ts';

test('lends a test file its own Redis, NATS with JetStream and empty database, the same ones on every call', async () => {
  const services = await testServices(['redis', 'nats', 'postgres']);
  expect(await leaveSomething(services)).toEqual({ keysBefore: 0, streams: ['MINE'], tables: ['mine'] });
  const { redisUrl, postgresUrl } = services;
  expect(await testServices(['postgres', 'redis'])).toEqual({ postgresUrl, redisUrl });
});
