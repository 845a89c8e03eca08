import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { AlertStream, type StreamState } from './alert-stream.ts';

/** Stands before gateways that are away, as a proxy does. */
let proxy: Server;

beforeEach(async () => {
  proxy = createServer();
  proxy.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => proxy.close(resolve)));

it('says what a gateway that is away was told by, and keeps its own pace where it is told to come at once', async () => {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const waits = await new Promise<StreamState[]>((resolve) => {
    const states: StreamState[] = [];
    const stream = new AlertStream({
      url,
      key: 'any',
      retryDelayMs: 40,
      onState: (state) => {
        states.push(state);
        if (states.length < 3) return;
        stream.close();
        resolve(states);
      },
    });
  });
  expect(waits).toMatchObject(Array.from({ length: 3 }, () => ({ state: 'waiting', reason: 'HTTP 503' })));
  for (const [index, wait] of waits.entries()) {
    expect(wait).toHaveProperty('retryAfterMs');
    expect((wait as { retryAfterMs: number }).retryAfterMs).toBeGreaterThanOrEqual(20 * 2 ** index);
  }
});

/** What a stream says of its first connection's end. */
async function firstWait(): Promise<StreamState> {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return new Promise((resolve) => {
    const stream = new AlertStream({
      url,
      key: 'any',
      onState: (state) => {
        stream.close();
        resolve(state);
      },
    });
  });
}

it('comes back where a refusal breaks off before its end', async () => {
  proxy.removeAllListeners('upgrade').on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\n<html>', () => socket.destroy());
  });
  expect(await firstWait()).toMatchObject({ state: 'waiting', reason: 'HTTP 502' });
});

it.each(['no JSON', 'null', '7', '{"event":"batch"}', '{"event":"hello"}', '{"event":"heartbeat"}'])(
  'comes back where what answers is no gateway and sends %s',
  async (message) => {
    const other = new WebSocketServer({ noServer: true });
    proxy.removeAllListeners('upgrade').on('upgrade', (request, socket, head) => {
      other.handleUpgrade(request, socket, head, (connection) => connection.send(message));
    });
    expect(await firstWait()).toMatchObject({ state: 'waiting', reason: 'a message that is no frame of a gateway' });
  },
);

it('leaves nothing on a signal that outlives it', () => {
  const { signal } = new AbortController();
  new AlertStream({ url: 'http://127.0.0.1:9', key: 'any', signal }).close();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
