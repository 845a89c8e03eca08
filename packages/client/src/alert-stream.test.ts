import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { AlertStream, StreamRefusedError, type GapFrame, type StreamState } from './alert-stream.ts';
import { HINT_MAX_MS } from './backoff.ts';

const RETRY_DELAY_MS = 40;

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
  const waits = await firstWaits(3);
  expect(waits).toMatchObject(Array.from({ length: 3 }, () => ({ state: 'waiting', reason: 'HTTP 503' })));
  expectBackOff(waits);
});

it('slows down where it is let in and loses the connection again at once', async () => {
  const gateway = new WebSocketServer({ noServer: true });
  proxy.removeAllListeners('upgrade').on('upgrade', (request, socket, head) => {
    gateway.handleUpgrade(request, socket, head, (connection) => {
      connection.send('{"event":"hello","cursor":0,"ping_interval_ms":1000}');
      connection.close(1011);
    });
  });
  expectBackOff(await firstWaits(3));
});

function addressOfProxy(): string {
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

type Wait = Extract<StreamState, { state: 'waiting' }>;

/** What a stream says of the ends of its first connections. */
function firstWaits(count: number): Promise<Wait[]> {
  const url = addressOfProxy();
  return new Promise((resolve) => {
    const waits: Wait[] = [];
    const stream = new AlertStream({
      url,
      key: 'any',
      retryDelayMs: RETRY_DELAY_MS,
      onState: (state) => {
        if (state.state === 'waiting') waits.push(state);
        if (waits.length < count) return;
        stream.close();
        resolve(waits);
      },
    });
  });
}

/** The least that each may be, half of a step that doubles. */
function expectBackOff(waits: readonly Wait[]): void {
  for (const [index, { retryAfterMs }] of waits.entries())
    expect(retryAfterMs).toBeGreaterThanOrEqual((RETRY_DELAY_MS / 2) * 2 ** index);
}

/** What a stream says of its first connection's end. */
async function firstWait(): Promise<StreamState> {
  const url = addressOfProxy();
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

/** As HTTP writes a date. */
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString();

it.each([
  ['120', 120_000],
  [inSeconds(400), 300_000],
  ['99999999999', HINT_MAX_MS],
  [inSeconds(1e9), HINT_MAX_MS],
  ['-120', 0],
  ['1e9', 0],
  ['soon', 0],
  ['', 0],
  [inSeconds(-400), 0],
])('comes back after what it is told by "Retry-After: %s"', async (retryAfter, leastMs) => {
  proxy.removeAllListeners('upgrade').on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 503 Away\r\nRetry-After: ${retryAfter}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  const { retryAfterMs } = (await firstWait()) as Wait;
  expect(retryAfterMs).toBeGreaterThanOrEqual(leastMs);
  expect(retryAfterMs).toBeLessThanOrEqual(leastMs === 0 ? 250 : 1.25 * Math.max(leastMs, 400_000));
});

it('comes back where a refusal breaks off before its end', async () => {
  proxy.removeAllListeners('upgrade').on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\n<html>', () => socket.destroy());
  });
  expect(await firstWait()).toMatchObject({ state: 'waiting', reason: 'HTTP 502' });
});

it('comes back where a refusal has no end', async () => {
  proxy.removeAllListeners('upgrade').on('upgrade', (_request, socket) => {
    const endless = setInterval(() => socket.write('x'.repeat(1_000)), 1);
    socket.on('error', () => undefined).on('close', () => clearInterval(endless));
    socket.write('HTTP/1.1 503 Service Unavailable\r\n\r\n');
  });
  expect(await firstWait()).toMatchObject({ state: 'waiting', reason: 'HTTP 503' });
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

it.each([
  ['expired', { from: 5, to: 9 }, '9'],
  ['ahead_of_stream', { from: 3, to: 4 }, '2'],
])('tells of a gap that is %s, and comes back behind it', async (reason, span, resumedAfter) => {
  const gateway = new WebSocketServer({ noServer: true });
  const asked: (string | null)[] = [];
  proxy.removeAllListeners('upgrade').on('upgrade', (request, socket, head) => {
    asked.push(new URL(request.url!, 'http://gateway').searchParams.get('after'));
    gateway.handleUpgrade(request, socket, head, (connection) => {
      connection.send('{"event":"hello","cursor":4,"ping_interval_ms":1000}');
      if (asked.length === 1) connection.send(JSON.stringify({ event: 'gap', ...span, reason }));
      connection.close(1012);
    });
  });
  const gaps: GapFrame[] = [];
  await new Promise<void>((resolve) => {
    const stream = new AlertStream({
      url: addressOfProxy(),
      key: 'any',
      after: 4,
      retryDelayMs: 1,
      onGap: (gap) => void gaps.push(gap),
      onState: () => {
        if (asked.length < 2) return;
        stream.close();
        resolve();
      },
    });
  });
  expect(gaps).toEqual([{ event: 'gap', ...span, reason }]);
  expect(asked).toEqual(['4', resumedAfter]);
});

it.each([
  [403, '{"title":"Scope missing","detail":"The key lacks a scope."}', 'The key lacks a scope.'],
  [403, '<html>no entry', '<html>no entry'],
  [426, '{"title":"Upgrade required","detail":"A proxy keeps it back."}', 'A proxy keeps it back.'],
])('ends with what a refusal for good says: %i %s', async (status, body, detail) => {
  proxy.removeAllListeners('upgrade').on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  });
  const stream = new AlertStream({ url: addressOfProxy(), key: 'any' });
  const refusal: unknown = await stream[Symbol.asyncIterator]()
    .next()
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StreamRefusedError);
  expect(refusal).toMatchObject({ status, message: expect.stringContaining(detail) as string });
});

it('leaves nothing on a signal that outlives it', () => {
  const { signal } = new AbortController();
  new AlertStream({ url: 'http://127.0.0.1:9', key: 'any', signal }).close();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
