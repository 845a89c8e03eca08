import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { READ_KEY } from '../testing/start-test-gateway.ts';
import { StreamDoor } from '../testing/stream-door.ts';

const door = new StreamDoor();
beforeAll(() => door.setUp());
afterEach(() => door.stop());
afterAll(() => door.tearDown());

it('tells whoever asks for no URL at all that the fault is theirs', async () => {
  await door.start();
  const headers = { connection: 'upgrade', upgrade: 'websocket' };
  const refused = await new Promise<IncomingMessage>((resolve, reject) => {
    request(door.url, { path: '//', headers }).on('response', resolve).on('error', reject).end();
  });
  refused.resume();
  expect(refused.statusCode).toBe(400);
  expect(refused.headers['cache-control']).toBe('no-store');
});

it('says what is amiss where the upgrade did not come through', async () => {
  await door.start();
  const response = await fetch(`${door.url}/ws/alerts?ticket=x`);
  expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket']);
  expect(await response.json()).toMatchObject({ status: 426, detail: expect.stringContaining('proxy') as string });
});

it('lets go of a connection that it refused to upgrade, whatever the peer keeps open', async () => {
  await door.start();
  const peer = connect({ port: Number(new URL(door.url).port), host: '127.0.0.1', allowHalfOpen: true });
  peer.on('error', () => undefined);
  peer.write('GET /ws/alerts HTTP/1.1\r\nHost: vigil\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const [answer] = (await once(peer, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /);
  await once(peer.resume(), 'end');
  const isReset = (): boolean => {
    if (!peer.destroyed) peer.write('still here');
    return peer.destroyed;
  };
  expect(await waitUntil(isReset, { timeoutMs: 10_000, what: 'the reset of what a closed socket is sent' })).toBe(true);
});

it('answers over HTTP/1.1 where another protocol than WebSocket is offered', async () => {
  await door.start();
  const headers = {
    connection: 'upgrade, http2-settings',
    upgrade: 'h2c',
    'http2-settings': '',
    'x-api-key': READ_KEY,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${door.url}/threats`, { headers }).on('response', resolve).on('error', reject).end();
  });
  response.resume();
  expect(response.statusCode).toBe(200);
});
