import { Writable } from 'node:stream';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { startTestGateway, STREAM_KEY, type TestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { createEventPartition, storeEvents } from '@vigil/gateway/testing/store-events';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { migrate, openDatabase, type Database } from '@vigil/shared/storage/database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UserError } from '../exit.ts';
import { top } from './top.ts';

let database: Database;
let gateway: TestGateway;
const bus = createMemoryAlertBus();

beforeAll(async () => {
  const { postgresUrl } = await testServices(['postgres']);
  database = await openDatabase(postgresUrl);
  await migrate(database);
  await createEventPartition(database);
  gateway = await startTestGateway(database, bus);
});
afterAll(async () => {
  await gateway.stop();
  await database.close();
});

function terminal() {
  let written = '';
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  return { out: Object.assign(out, { isTTY: true, columns: 100, rows: 30 }), written: () => written };
}

it('shows what comes in on a screen of its own, and gives the old screen back', async () => {
  const { out, written } = terminal();
  const shown = top({ url: gateway.url, key: STREAM_KEY }, out);
  await waitUntil(() => written().includes('live'), { timeoutMs: 10_000, what: 'the stream' });
  const alerts = await storeEvents(database, [{ sourceIp: '203.0.113.77' }]);
  await bus.publish(alerts);
  await waitUntil(() => written().includes('203.0.113.77'), { timeoutMs: 10_000, what: 'the source' });
  expect(written()).toContain('since start 1');
  process.emit('SIGTERM');
  await shown;
  expect(written().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
});

it('wants a terminal and a key that the gateway knows', async () => {
  const { out, written } = terminal();
  await expect(top({ url: gateway.url, key: STREAM_KEY }, new Writable())).rejects.toThrow('needs a terminal');
  await expect(top({ url: gateway.url, key: 'no-such-key-0123456789' }, out)).rejects.toThrow(UserError);
  expect(written().endsWith('\u001b[?1049l')).toBe(true);
});
