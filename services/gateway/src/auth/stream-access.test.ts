import { randomUUID } from 'node:crypto';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createStoredKey, revokeStoredKey } from '@vigil/shared/auth/key-store';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { READ_KEY, STREAM_KEY } from '../testing/start-test-gateway.ts';
import { StreamDoor } from '../testing/stream-door.ts';
import { Tickets } from './tickets.ts';

const SECRET = 'a secret of more than thirty-two characters';
const door = new StreamDoor();
beforeAll(() => door.setUp());
afterEach(() => door.stop());
afterAll(() => door.tearDown());

describe('keys', () => {
  it('are taken from a header or a subprotocol, never from the URL', async () => {
    await door.start();
    expect(await door.statusOf('', { headers: {} })).toBe(401);
    expect(await door.statusOf('', { headers: { 'x-api-key': 'wrong-key-of-some-length' } })).toBe(401);
    expect(await door.statusOf('', { headers: { 'x-api-key': READ_KEY } })).toBe(403);
    expect(await door.statusOf('', { headers: { 'x-api-key': STREAM_KEY } })).toBe(101);
    expect(await door.statusOf('', { headers: { authorization: `Bearer ${STREAM_KEY}` } })).toBe(101);
    const browser = await door.knock('', { headers: {}, protocols: ['vigil.v1', `vigil.key.${STREAM_KEY}`] });
    expect([browser.refused, browser.socket.protocol]).toEqual([undefined, 'vigil.v1']);
    for (const name of ['key', 'api_key', 'x-api-key', 'token', 'access_token']) {
      expect(await door.statusOf(`?${name}=${STREAM_KEY}`, { headers: {} })).toBe(401);
    }
  });

  it('are taken beside tokens', async () => {
    await door.start({ JWT_SECRET: SECRET });
    expect(await door.statusOf('', { headers: { authorization: `Bearer ${STREAM_KEY}` } })).toBe(101);
  });

  it('end the stream that they opened when they are revoked', async () => {
    await door.start();
    const key = await createStoredKey(door.database, 'leaver', ['stream']);
    const listener = await door.knock('?control=1', { headers: { 'x-api-key': key! } });
    await revokeStoredKey(door.database, 'leaver');
    await listener.until(() => listener.closed !== undefined, 'close');
    expect(listener.closed?.code).toBe(4401);
    expect(listener.events('bye')[0]).toMatchObject({ reason: 'unauthorized' });
  });

  it('stand in no error and in no metrics', async () => {
    await door.start();
    const secret = 'vgl_this-is-a-secret-of-somebody';
    const response = await fetch(`${door.url}/threats`, { headers: { 'x-api-key': secret } });
    expect(await response.text()).not.toContain(secret);
    const refused = await door.knock('', { headers: { 'x-api-key': secret } });
    expect(refused.refused?.body).not.toContain(secret);
    expect(await door.running.registry.metrics()).not.toContain(secret);
  });
});

describe('tickets', () => {
  it('are taken from a subprotocol, as the console sends them: a URL ends up in logs', async () => {
    await door.start();
    const response = await fetch(`${door.url}/ws/ticket`, { method: 'POST', headers: { 'x-api-key': STREAM_KEY } });
    const { ticket } = (await response.json()) as { ticket: string };
    const options = { headers: {}, protocols: ['vigil.v1', `vigil.ticket.${ticket}`] };
    const listener = await door.knock('', options);
    expect([listener.refused, listener.socket.protocol]).toEqual([undefined, 'vigil.v1']);
    expect(await door.statusOf('', options)).toBe(401);
  });

  it('are taken once', async () => {
    await door.start();
    const response = await fetch(`${door.url}/ws/ticket`, { method: 'POST', headers: { 'x-api-key': STREAM_KEY } });
    const { ticket } = (await response.json()) as { ticket: string };
    expect(await door.statusOf(`?ticket=${ticket}x`, { headers: {} })).toBe(401);
    expect(await door.statusOf(`?ticket=${ticket}`, { headers: {} })).toBe(101);
    expect(await door.statusOf(`?ticket=${ticket}`, { headers: {} })).toBe(401);
    const forged = `${Buffer.from(JSON.stringify({ name: 'listener', expires: Date.now() + 9_999, nonce: 'n' })).toString('base64url')}.`;
    expect(await door.statusOf(`?ticket=${forged}`, { headers: {} })).toBe(401);
  });

  it('are refused once the key that asked for them is revoked', async () => {
    await door.start();
    const name = randomUUID();
    const key = (await createStoredKey(door.database, name, ['stream']))!;
    const ask = (): Promise<Response> =>
      fetch(`${door.url}/ws/ticket`, { method: 'POST', headers: { 'x-api-key': key } });
    const { ticket } = (await (await ask()).json()) as { ticket: string };
    await revokeStoredKey(door.database, name);
    const isForgotten = async (): Promise<boolean> => (await ask()).status === 401;
    await waitUntil(isForgotten, { timeoutMs: 10_000, what: 'the end of the key' });
    expect(await door.statusOf(`?ticket=${ticket}`, { headers: {} })).toBe(401);
  });

  it('of another gateway are taken only for a key that may listen here', async () => {
    await door.start({ TICKET_SECRET: SECRET });
    const others = new Tickets(SECRET);
    expect(await door.statusOf(`?ticket=${others.issue('listener')}`, { headers: {} })).toBe(101);
    expect(await door.statusOf(`?ticket=${others.issue('reader')}`, { headers: {} })).toBe(401);
    expect(await door.statusOf(`?ticket=${others.issue('nobody')}`, { headers: {} })).toBe(401);
  });
});

it('lets pages in from its own origin and those that are listed', async () => {
  await door.start({ WS_ORIGINS: ['https://console.example.org'] });
  const from = (origin: string) => door.statusOf('', { headers: { 'x-api-key': STREAM_KEY, origin } });
  expect(await from('https://console.example.org')).toBe(101);
  expect(await from(door.url)).toBe(101);
  expect(await from('https://evil.example')).toBe(403);
  expect(await from('http://127.0.0.1')).toBe(403);
  expect(await from('https://console.example.org.evil.example')).toBe(403);
  expect(await from('null')).toBe(403);
});
