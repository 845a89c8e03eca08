import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { proxyTest } from './client-address.ts';
import { OpenConnections, type ConnectionLimits } from './open-connections.ts';

let server: Server;
let connections: OpenConnections;
let refused: [why: string, peer: string][];
let peers: Socket[];

async function serve(limits: Partial<ConnectionLimits>): Promise<void> {
  const onRefused = (...refusal: [string, string]): void => void refused.push(refusal);
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
  vi.restoreAllMocks();
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
  expect(refused).toEqual([
    ['too many connections of a peer that is none of TRUSTED_PROXIES: more are closed', '127.0.0.1'],
  ]);
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
  expect(refused).toEqual([['too many connections: more are closed', '127.0.0.2']]);
});

/** Asks so often without waiting for an answer; resolves once the connection is closed. */
async function askAtOnce(localAddress: string, requests: number): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const peer = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
  peer.resume().write('GET / HTTP/1.1\r\nHost: vigil\r\n\r\n'.repeat(requests));
  await once(peer, 'close');
}

it('hands on no more than some requests that nobody waits for the answers of, and closes that connection alone', async () => {
  let asked = 0;
  server.prependListener('request', () => (asked += 1));
  await serve({});
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  expect(await isKept('127.0.0.1')).toBe(true);
  const [other] = await accepted;
  asked = 0;
  await askAtOnce('127.0.0.1', 1_000);
  expect(asked).toBe(4);
  expect(other.destroyed).toBe(false);
  expect(refused).toEqual([[expect.stringMatching(/too many requests at once.*connection is closed/), '127.0.0.1']]);
  expect(await isKept('127.0.0.1')).toBe(true);
});

it('refuses whoever does so again and again, and closes what he has, and bears with no more of it from many addresses', async () => {
  vi.spyOn(performance, 'now').mockReturnValue(0);
  await serve({});
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  expect(await isKept('127.0.0.1')).toBe(true);
  const [other] = await accepted;
  for (let times = 0; times < 5; times += 1) await askAtOnce('127.0.0.1', 10);
  expect(other.destroyed).toBe(false);
  await askAtOnce('127.0.0.1', 10);
  expect(other.destroyed).toBe(true);
  expect(refused.at(-1)).toEqual([expect.stringContaining('refused for a while'), '127.0.0.1']);
  expect(await isKept('127.0.0.1')).toBe(false);
  expect(await isKept('127.0.0.2')).toBe(true);
  await askAtOnce('127.0.0.2', 10);
  expect(await isKept('127.0.0.2')).toBe(false);
});

it('refuses no proxy for what somebody sends through it, and ends no stream of who is refused', async () => {
  await serve({ isProxy: proxyTest(['127.0.0.2']) });
  await askAtOnce('127.0.0.2', 10);
  expect(await isKept('127.0.0.2')).toBe(true);
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  expect(await isKept('127.0.0.1')).toBe(true);
  const [stream] = await accepted;
  connections.keep(stream);
  while (await isKept('127.0.0.1')) await askAtOnce('127.0.0.1', 10);
  expect(stream.destroyed).toBe(false);
});

it('bears with any number of requests on a connection, one after the other', async () => {
  await serve({});
  const { port } = server.address() as AddressInfo;
  const peer = connect({ port, host: '127.0.0.1' });
  peers.push(peer);
  for (let i = 0; i < 20; i += 1) {
    const answered = once(peer, 'data');
    peer.write('GET / HTTP/1.1\r\nHost: vigil\r\n\r\n');
    await answered;
  }
  expect(refused).toEqual([]);
});
