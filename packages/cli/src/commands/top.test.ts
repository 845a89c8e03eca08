import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { startTestGateway, STREAM_KEY, type TestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { createEventPartition, storeEvents } from '@vigil/gateway/testing/store-events';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { UserError } from '../exit.ts';
import { top } from './top.ts';

let database: Database;
let gateway: TestGateway;
const bus = createMemoryAlertBus();

beforeAll(async () => {
  database = await openTestDatabase();
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

it.each(['SIGINT', 'SIGTERM'] as const)(
  'shows what comes in on a screen of its own, and gives the old one back: %s',
  async (signal) => {
    const { out, written } = terminal();
    const shown = top({ url: gateway.url, key: STREAM_KEY }, out);
    await waitUntil(() => written().includes('live'), { timeoutMs: 10_000, what: 'the stream' });
    const alerts = await storeEvents(database, [{ sourceIp: '203.0.113.77' }]);
    await bus.publish(alerts);
    await waitUntil(() => written().includes('203.0.113.77'), { timeoutMs: 10_000, what: 'the source' });
    expect(written()).toContain('since start 1');
    process.emit(signal);
    await shown;
    // Nothing wraps meanwhile, however wide the terminal shows what a path holds.
    expect(written().indexOf('\u001b[?7l')).toBeLessThan(written().indexOf('Vigil'));
    expect(written().endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
  },
);

it('scrolls nothing off a screen that it fills, and leaves nothing of what stood there before', async () => {
  const { out, written } = terminal();
  out.rows = 3;
  const shown = top({ url: gateway.url, key: STREAM_KEY }, out);
  await waitUntil(() => written().includes('live'), { timeoutMs: 10_000, what: 'the stream' });
  process.emit('SIGTERM');
  await shown;
  for (const frame of written().split('\u001b[H').slice(1)) {
    const lines = frame.replace(/\u001b\[\?7h.*/, '').split('\r\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.startsWith('\u001b[K')).toBe(true);
  }
});

it('counts the last minute also where the clock is set back', async () => {
  const { out, written } = terminal();
  const shown = top({ url: gateway.url, key: STREAM_KEY }, out);
  await waitUntil(() => written().includes('live'), { timeoutMs: 10_000, what: 'the stream' });
  const timeOfDay = Date.now;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() + 3_600_000);
  try {
    await bus.publish(await storeEvents(database, [{ sourceIp: '203.0.113.78' }]));
    await waitUntil(() => written().includes('since start 1'), { timeoutMs: 10_000, what: 'the alert' });
    clock.mockImplementation(timeOfDay);
    const before = written().length;
    await waitUntil(() => written().length > before, { timeoutMs: 10_000, what: 'the next drawing' });
    expect(written().slice(before)).toContain('█');
  } finally {
    clock.mockRestore();
    process.emit('SIGTERM');
    await shown;
  }
});

it('wants a terminal and a key that the gateway knows', async () => {
  const { out, written } = terminal();
  await expect(top({ url: gateway.url, key: STREAM_KEY }, new Writable())).rejects.toThrow('needs a terminal');
  await expect(top({ url: gateway.url, key: 'no-such-key-0123456789' }, out)).rejects.toThrow(UserError);
  expect(written().endsWith('\u001b[?1049l')).toBe(true);
});

it('asks for the figures below the same prefix as for the stream', async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(JSON.stringify({ pipeline: { read: 4_711, rejected: { total: 0 }, dead_lettered: 0 } }));
  });
  proxy.on('upgrade', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { port } = proxy.address() as AddressInfo;
  try {
    for (const url of [`http://127.0.0.1:${port}/vigil`, `ws://127.0.0.1:${port}/vigil/ws/alerts`]) {
      const { out, written } = terminal();
      asked.length = 0;
      const shown = top({ url, key: STREAM_KEY }, out);
      await waitUntil(() => asked.length > 1, { timeoutMs: 10_000, what: 'both requests, at once' });
      const drawn = (): boolean => {
        vi.advanceTimersByTime(1_000);
        return written().includes('HTTP 503') && written().includes('lines 4711');
      };
      await waitUntil(drawn, { timeoutMs: 10_000, what: 'the figures, and why there is no stream' });
      process.emit('SIGTERM');
      await shown;
      // What would keep the process from ending.
      expect(vi.getTimerCount()).toBe(0);
      expect(asked).toContain('/vigil/stats?range=1h');
      expect(asked).toContainEqual(expect.stringMatching(/^\/vigil\/ws\/alerts\?/));
    }
  } finally {
    vi.useRealTimers();
    proxy.closeAllConnections();
    proxy.close();
  }
});
