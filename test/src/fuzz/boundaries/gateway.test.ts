import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { testServices } from '@vigil/dev-services/test-services';
import type { TestGateway } from '@vigil/gateway/testing/start-test-gateway';
import { clientMessageSchema, streamQuerySchema } from '@vigil/gateway/stream/stream-query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { BoundaryFault } from '../boundary.ts';
import { startFuzzGateway } from './gateway.ts';
import { send } from './rest-requests.ts';
import { restSeeds } from './rest-seeds.ts';
import { MESSAGES, SocketPool } from './socket-messages.ts';
import { STREAM_QUERIES, tryEventStream, tryWebSocket } from './stream-queries.ts';

let gateway: TestGateway;
let close: () => Promise<void>;

beforeAll(async () => {
  const { postgresUrl } = await testServices(['postgres']);
  ({ gateway, close } = await startFuzzGateway(postgresUrl));
});
afterAll(() => close());

describe('what the fuzzer starts from is accepted, so that its changes reach what is behind the first check', () => {
  it('requests of each operation of the REST API, with each parameter', async () => {
    const seeds = await restSeeds(gateway.url);
    const targets = seeds.map(({ method, target }) => `${method} ${target}`).join('\n');
    for (const part of ['GET /timeline?', 'GET /rules', 'PATCH /threats/', 'POST /ws/ticket', 'cidr=', 'cursor='])
      expect(targets).toContain(part);
    for (const { method, target, body } of seeds) {
      const answer = await send(new URL(target, gateway.url), method, body && JSON.stringify(body));
      expect({ method, target, ...answer }).toMatchObject({ status: 200 });
    }
  });

  it('queries of both streams, with each parameter', async () => {
    const named = STREAM_QUERIES.flatMap((query) => [...new URLSearchParams(query).keys()]);
    // A ticket is good for one connection: no fixed query can hold a valid one.
    const { ticket: _, ...repeatable } = streamQuerySchema.shape;
    expect(new Set(named)).toEqual(new Set(Object.keys(repeatable)));
    for (const query of STREAM_QUERIES) {
      expect({ query, outcome: await tryWebSocket(gateway.wsUrl, query) }).toEqual({ query, outcome: 'accepted' });
      expect({ query, outcome: await tryEventStream(gateway.url, query) }).toEqual({ query, outcome: 'accepted' });
    }
  });

  it('messages of WebSocket clients, with each field', async () => {
    const named = MESSAGES.flatMap((message) => Object.keys(JSON.parse(message) as object));
    expect(new Set(named)).toEqual(new Set(Object.keys(clientMessageSchema.shape)));
    const pool = new SocketPool(gateway.wsUrl);
    for (const message of MESSAGES) expect(await pool.send(message)).toBe('subscribed');
    pool.close();
  });
});

it('takes a refusal for an outcome', async () => {
  const pool = new SocketPool(gateway.wsUrl);
  expect(await pool.send('{"type":"subscribe","cidr":["x"]}')).toBe('error');
  expect(await pool.send(' '.repeat(5_000))).toBe('closed with 1009');
  expect(await tryWebSocket(gateway.wsUrl, 'cidr=x')).toBe('422');
  expect(await tryEventStream(gateway.url, 'cidr=x')).toBe('422');
  pool.close();
});

describe('takes for a fault that a connection', () => {
  it.each<[string, (socket: WebSocket) => void]>([
    ['breaks off', (socket) => socket.terminate()],
    ['ends with an internal error', (socket) => socket.close(1011)],
    ['ends because a replay failed', (socket) => socket.close(1013)],
  ])('%s', async (_what, end) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      socket.on('message', () => end(socket)).on('ping', () => end(socket));
      socket.send('{"event":"hello","cursor":0,"head":3}');
    });
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await expect(new SocketPool(url).send('{}')).rejects.toThrow(BoundaryFault);
    await expect(tryWebSocket(url, 'after=0')).rejects.toThrow(BoundaryFault);
    server.close();
  });
});
