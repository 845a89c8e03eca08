import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { beforeEach, expect, it } from 'vitest';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createLogger } from '../logging/logger.ts';
import { testLogger } from '../testing/test-logger.ts';
import { createHttpServer, listen } from './http-server.ts';

const log = testLogger();
let lifecycle: Lifecycle;
let app: FastifyInstance;

beforeEach(() => {
  lifecycle = new Lifecycle(log, 15_000);
  app = createHttpServer({ log });
});

it.each([
  ['says nothing', ''],
  ['sends half a head', 'GET / HTTP/1.1\r\nHost: vigil\r\n'],
  [
    'sends half a body',
    'POST / HTTP/1.1\r\nHost: vigil\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  ],
])('stops in order while somebody is connected who %s', async (_what, text) => {
  app.post('/', async () => ({}));
  const url = new URL(await listen(app, lifecycle, '127.0.0.1', 0));
  const accepted = once(app.server, 'connection');
  const peer = connect(Number(url.port), url.hostname).on('error', () => undefined);
  const [socket] = (await accepted) as [NodeJS.ReadableStream & { bytesRead: number }];
  peer.write(text);
  while (socket.bytesRead < text.length) await new Promise(setImmediate);
  expect(await lifecycle.stop('test')).toBe(true);
  peer.destroy();
});

it.each([
  ['a path that is no URL', 400, 'GET /% HTTP/1.1\r\nHost: vigil\r\nConnection: close\r\n\r\n'],
  [
    'a parameter that is too long',
    414,
    `GET /items/${'a'.repeat(257)} HTTP/1.1\r\nHost: vigil\r\nConnection: close\r\n\r\n`,
  ],
  ['a head that is too long', 431, `GET /?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: vigil\r\n\r\n`],
  ['no HTTP', 400, 'EHLO vigil\r\n\r\n'],
])('says what is wrong with %s as with anything else, and lets no cache keep it', async (_what, status, text) => {
  app.get('/items/:name', async () => ({}));
  const url = new URL(await listen(app, lifecycle, '127.0.0.1', 0));
  const peer = connect(Number(url.port), url.hostname).on('error', () => undefined);
  let answer = '';
  peer.setEncoding('utf8').on('data', (part: string) => (answer += part));
  peer.write(text);
  await new Promise((resolve) => peer.once('close', resolve));
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  expect(head).toMatch(/^cache-control: no-store$/im);
  expect(head).toMatch(/^x-content-type-options: nosniff$/im);
  expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status });
  await lifecycle.stop('test');
});

it.each(['PORT', 'OPS_PORT'] as const)('names %s where another program listens on that port', async (setting) => {
  const { port } = new URL(await listen(app, lifecycle, '127.0.0.1', 0));
  const second = listen(createHttpServer({ log }), lifecycle, '127.0.0.1', Number(port), setting);
  await expect(second).rejects.toThrow(`127.0.0.1:${port}; set ${setting} to a port that is free`);
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await lifecycle.stop('test');
});

it('names HOST where that is no address of this machine', async () => {
  await expect(listen(app, lifecycle, '192.0.2.1', 0)).rejects.toThrow('set HOST to an address of this machine');
  await lifecycle.stop('test');
});

it('answers in JSON that cannot act on a terminal', async () => {
  app = createHttpServer({ log });
  app.get('/', async () => ({ path: '/\u009b2J\u202egpj' }));
  const { body } = await app.inject('/');
  expect(body).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(body)).toEqual({ path: '/\u009b2J\u202egpj' });
});

it('lets go of somebody who asks and takes nothing of the answers', async () => {
  app = createHttpServer({ log, stallMaxMs: 50 });
  app.get('/', async () => 'x'.repeat(16 * 1024 * 1024));
  const url = new URL(await listen(app, lifecycle, '127.0.0.1', 0));
  const accepted = once(app.server, 'connection');
  const peer = connect(Number(url.port), url.hostname).on('error', () => undefined);
  const [socket] = (await accepted) as [NodeJS.EventEmitter & { bytesWritten: number }];
  const letGo = once(socket, 'close');
  peer.pause().write('GET / HTTP/1.1\r\nHost: vigil\r\n\r\n'.repeat(3));
  await letGo;
  expect(socket.bytesWritten).toBeGreaterThan(0);
  peer.destroy();
  await lifecycle.stop('test');
});

it('bounds what somebody without a key opens, beside the connections that may be streams', async () => {
  app = createHttpServer({ log, connections: { max: 100, perPeerMax: 5 }, streams: { max: 100, perPeerMax: 3 } });
  const url = new URL(await listen(app, lifecycle, '127.0.0.1', 0));
  let open = 0;
  let seen = 0;
  app.server.on('connection', (socket) => {
    seen += 1;
    if (!socket.destroyed) open += 1;
  });
  const opened = Array.from({ length: 12 }, () => connect(Number(url.port), url.hostname).on('error', () => undefined));
  await waitUntil(() => seen === opened.length, { timeoutMs: 10_000, what: 'all connections' });
  expect(open).toBe(8);
  for (const peer of opened) peer.destroy();
  await lifecycle.stop('test');
});

it('names one of many peers that it refuses for the same, since they could fill the log', async () => {
  const written = new PassThrough();
  app = createHttpServer({ log: createLogger('test', 'info', written) });
  app.get('/', async () => ({}));
  const url = new URL(await listen(app, lifecycle, '127.0.0.1', 0));
  for (let last = 2; last < 7; last += 1) {
    const peer = connect({ port: Number(url.port), host: url.hostname, localAddress: `127.0.0.${last}` });
    peer.on('error', () => undefined).resume();
    peer.write('GET / HTTP/1.1\r\nHost: vigil\r\n\r\n'.repeat(10));
    await once(peer, 'close');
  }
  await lifecycle.stop('test');
  const peers = String(written.read()).matchAll(/"peer":"([^"]*)"/g);
  expect([...peers].map(([, peer]) => peer)).toEqual(['127.0.0.2']);
});

it('answers what was asked before the stop', async () => {
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  app.get('/', () => {
    asked.resolve();
    return answer.promise;
  });
  const answered = fetch(await listen(app, lifecycle, '127.0.0.1', 0));
  await asked.promise;
  const stopped = lifecycle.stop('test');
  answer.resolve('here');
  expect(await (await answered).text()).toBe('here');
  expect(await stopped).toBe(true);
});

it.runIf(
  Object.values(networkInterfaces())
    .flat()
    .some((entry) => entry?.address === '::1'),
)('names an address that can be gone to where it listens on all of IPv6', async () => {
  const url = await listen(app, lifecycle, '::', 0);
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(url)).status).toBe(404);
  await lifecycle.stop('test');
});

it('names the methods of a path that is asked for by another, and takes no body for it', async () => {
  app.get('/items/:name', async () => ({}));
  const answer = await app.inject({ method: 'DELETE', url: '/items/a?b=1', payload: 'x'.repeat(1_000_000) });
  expect(answer.statusCode).toBe(405);
  expect(answer.headers).toMatchObject({ allow: 'GET, HEAD', 'cache-control': 'no-store' });
  expect(answer.json()).toMatchObject({ status: 405, detail: 'There is no DELETE /items/a; it takes GET, HEAD.' });
  expect((await app.inject({ method: 'DELETE', url: '/items' })).statusCode).toBe(404);
});
