import { expect, test } from 'vitest';
import { leaveSomething } from './testing/leave-something.ts';
import { testServices } from './test-services.ts';

test('lends a second test file at the same time servers in which nothing of the first is', async () => {
  const services = await testServices(['redis', 'nats', 'postgres']);
  expect(await leaveSomething(services)).toEqual({ keysBefore: 0, streams: ['MINE'], tables: ['mine'] });
});
