import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { proxyTest } from './client-address.ts';
import { OpenConnections, type ConnectionLimits } from './open-connections.ts';

let server: Server;
let connections: OpenConnections;
let refused: string[];
let peers: Socket[];

async function serve(limits: Partial<ConnectionLimits>): Promise<void> {
  const onRefused = (why: string): void => void refused.push(why);
  connections = new OpenConnections(server, { max: 100, perPeerMax: 100, isProxy: () => false, onRefused, ...limits });
  await once(server.listen(0, '127.0.0.1'), 'listening');
}

/** Connects from an address of this machine; resolves to whether the server keeps the connection. */
async function isKept(localAddress: string): Promise<boolean> {
  const { port } = server.address() as AddressInfo;
  const peer = connect({ port, host: '127.0.0.1', localAddress });
  peers.push(peer);
  const closed = once(peer, 'close').then(() => false);
  const answered = once(peer, 'data').then(() => true);
  peer.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: vigil\r\n\r\n');
  return Promise.race([answered, closed]);
}

beforeEach(() => {
  server = createServer((_request, response) => void response.end());
  refused = [];
  peers = [];
});

afterEach(() => {
  for (const peer of peers) peer.destroy();
  connections.end();
  server.close();
});

it('closes what one peer opens beyond its limit, and keeps those of others', async () => {
  await serve({ perPeerMax: 2 });
  expect(await isKept('127.0.0.1')).toBe(true);
  expect(await isKept('127.0.0.1')).toBe(true);
  expect(await isKept('127.0.0.1')).toBe(false);
  expect(await isKept('127.0.0.2')).toBe(true);
  expect(refused).toEqual(['too many connections of 127.0.0.1, which is none of TRUSTED_PROXIES: more are closed']);
});

it('lets a peer come back for each of its connections that has ended', async () => {
  await serve({ perPeerMax: 1 });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  expect(await isKept('127.0.0.1')).toBe(true);
  const ended = once((await accepted)[0], 'close');
  peers[0]!.destroy();
  await ended;
  expect(await isKept('127.0.0.1')).toBe(true);
});

it('counts no proxy as a peer, whoever comes through it, but all connections together', async () => {
  await serve({ max: 3, perPeerMax: 1, isProxy: proxyTest(['127.0.0.0/30']) });
  expect(await isKept('127.0.0.1')).toBe(true);
  expect(await isKept('127.0.0.1')).toBe(true);
  expect(await isKept('127.0.0.5')).toBe(true);
  expect(await isKept('127.0.0.2')).toBe(false);
  expect(refused).toEqual(['too many connections: more are closed']);
});
