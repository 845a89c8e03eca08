import { getEventListeners, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  AlertStream,
  StreamRefusedError,
  type AlertStreamOptions,
  type GapFrame,
  type StreamState,
} from './alert-stream.ts';
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
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const stream of streams.splice(0)) stream.close();
  await new Promise((resolve) => proxy.close(resolve));
});

/** Ended with the test, whose server else waits for their connections. */
const streams: AlertStream[] = [];

it('says what a gateway that is away was told by, and keeps its own pace where it is told to come at once', async () => {
  const waits = await firstWaits(3);
  expect(waits).toMatchObject(Array.from({ length: 3 }, () => ({ state: 'waiting', reason: 'HTTP 503' })));
  expectBackOff(waits);
});

it.each([[], ['{"event":"bye","reason":"restart","cursor":0,"retry_after_ms":0}']])(
  'slows down where it is let in and loses the connection again at once: %s',
  async (...farewell) => {
    answerAs((connection) => {
      for (const frame of [HELLO, ...farewell]) connection.send(frame);
      connection.close(1011);
    });
    expectBackOff(await firstWaits(3));
  },
);

const HELLO = '{"event":"hello","cursor":4,"ping_interval_ms":1000}';

/** Lets streams in, and serves each of their connections like this. */
function answerAs(serve: (connection: WebSocket) => void): void {
  const gateway = new WebSocketServer({ noServer: true });
  proxy.removeAllListeners('upgrade').on('upgrade', (request, socket, head) => {
    gateway.handleUpgrade(request, socket, head, serve);
  });
}

/** An open stream, its connection as the gateway has it, and what it says of itself. */
async function connected(options: Partial<AlertStreamOptions> = {}) {
  const { promise: connecting, resolve: connect } = Promise.withResolvers<WebSocket>();
  answerAs(connect);
  const states: StreamState[] = [];
  const { promise: open, resolve: opened } = Promise.withResolvers<void>();
  const { promise: lost, resolve: lose } = Promise.withResolvers<StreamState>();
  const onState = (state: StreamState): void => {
    states.push(state);
    if (state.state === 'open') opened();
    else lose(state);
  };
  const stream = new AlertStream({ url: addressOfProxy(), key: 'any', onState, ...options });
  streams.push(stream);
  const connection = await connecting;
  connection.send(HELLO);
  await open;
  return { stream, connection, states, lost };
}

const batchOf = (cursor: number, ...seqs: number[]): string =>
  JSON.stringify({ event: 'batch', cursor, alerts: seqs.map((seq) => ({ event: 'threat', seq })) });

/** The next so many that a stream hands out. */
async function next(alerts: AsyncIterator<{ seq: number }>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  while (seqs.length < count) seqs.push(((await alerts.next()).value as { seq: number }).seq);
  return seqs;
}

it('hands out each alert once, whatever the gateway repeats', async () => {
  const { stream, connection } = await connected({ after: 4 });
  for (const frame of [batchOf(6, 3, 4, 5, 6), batchOf(6, 5, 6), '{"event":"ping","cursor":5}', batchOf(8, 6, 7, 8)])
    connection.send(frame);
  expect(await next(stream[Symbol.asyncIterator](), 4)).toEqual([5, 6, 7, 8]);
});

it('has a cursor behind which nothing is that was neither handed out nor filtered away, and which never goes back', async () => {
  const { stream, connection } = await connected();
  expect(stream.cursor).toBe(4);
  const alerts = stream[Symbol.asyncIterator]();
  const cursors: (number | undefined)[] = [];
  for (const cursor of [10, 20]) {
    connection.send(batchOf(cursor, cursor - 3, cursor - 1));
    for (let taken = 0; taken < 2; taken += 1) {
      await alerts.next();
      cursors.push(stream.cursor);
    }
  }
  expect(cursors).toEqual([7, 10, 17, 20]);
  connection.send(batchOf(30, 28));
  // With what is sent behind it, the batch was taken, and waits.
  connection.ping();
  await once(connection, 'pong');
  expect(stream.cursor).toBe(20);
});

it('reads no more than may wait for its consumer, and goes on once that has taken it, however long it took', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const pause = vi.spyOn(WebSocket.prototype, 'pause');
  const { stream, connection, states } = await connected({ queuedAlertsMax: 2 });
  connection.send(batchOf(6, 5, 6));
  while (pause.mock.calls.length === 0) await turn();
  connection.send(batchOf(7, 7));
  // A paused connection is silent by the stream's own will.
  vi.advanceTimersByTime(3_600_000);
  expect(await next(stream[Symbol.asyncIterator](), 3)).toEqual([5, 6, 7]);
  expect(states).toHaveLength(1);
});

it('gives up a connection that is silent for longer than two pings take, and no other', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { stream, connection, lost } = await connected();
  for (let pings = 0; pings < 5; pings += 1) {
    vi.advanceTimersByTime(1_000);
    connection.ping();
    await once(connection, 'pong');
  }
  connection.send(batchOf(5, 5));
  expect(await next(stream[Symbol.asyncIterator](), 1)).toEqual([5]);
  vi.advanceTimersByTime(2_500);
  expect(await lost).toMatchObject({ reason: 'connection lost' });
});

it('comes back when a gateway that restarts asks for it, and as usual where the next one asks for nothing', async () => {
  const hints = [300];
  answerAs((connection) => {
    connection.send(HELLO);
    const [hint] = hints.splice(0);
    if (hint !== undefined) connection.send(`{"event":"bye","reason":"restart","cursor":4,"retry_after_ms":${hint}}`);
    connection.close(1012);
  });
  const [asked, usual] = await firstWaits(2);
  expect(asked).toMatchObject({ reason: 'closed with 1012' });
  expect(asked!.retryAfterMs).toBeGreaterThanOrEqual(300);
  expect(usual!.retryAfterMs).toBeLessThanOrEqual(2 * RETRY_DELAY_MS);
});

it('ends its connection when the loop over it is left', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { stream, connection, states } = await connected();
  connection.send(batchOf(5, 5));
  const closed = once(connection, 'close');
  for await (const alert of stream) {
    expect(alert.seq).toBe(5);
    break;
  }
  await closed;
  expect(states.map(({ state }) => state)).toEqual(['open']);
});

it.each(['close', 'abort'] as const)(
  'comes back no more where a listener ends it by %s on hearing that it will',
  async (way) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const leaving = new AbortController();
    await new Promise<void>((resolve) => {
      const stream = new AlertStream({
        url: addressOfProxy(),
        key: 'any',
        signal: leaving.signal,
        onState: () => {
          if (way === 'close') stream.close();
          else leaving.abort();
          setImmediate(resolve);
        },
      });
    });
    expect(vi.getTimerCount()).toBe(0);
  },
);

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
