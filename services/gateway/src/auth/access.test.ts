import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createStoredKey, revokeStoredKey } from '@vigil/shared/auth/key-store';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GatewaySettings } from '../config.ts';
import { READ_KEY, startTestGateway, STREAM_KEY, type TestGateway } from '../testing/start-test-gateway.ts';
import { createEventPartition, storeEvents } from '../testing/store-events.ts';
import { StreamListener } from '../testing/stream-listener.ts';
import { Tickets } from './tickets.ts';

const SECRET = 'a secret of more than thirty-two characters';
const bus = createMemoryAlertBus();
let database: Database;
let gateway: TestGateway;
const listeners: StreamListener[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  await createEventPartition(database);
  await storeEvents(database, [
    { severity: 'HIGH', source: 'a.log' },
    { severity: 'MEDIUM', source: 'a.log' },
    { severity: 'HIGH', source: 'b.log' },
  ]);
});
afterAll(() => database.close());
afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.close();
  await gateway.stop();
});

async function start(settings: Partial<GatewaySettings> = {}): Promise<void> {
  gateway = await startTestGateway(database, bus, settings);
}

/** Opens a stream and says how the door took it: 101, or the status of the refusal. */
async function knock(query: string, options: ConstructorParameters<typeof StreamListener>[1]): Promise<StreamListener> {
  const listener = new StreamListener(`${gateway.wsUrl}${query}`, options);
  listeners.push(listener);
  await listener.until(() => listener.refused !== undefined || listener.socket.readyState === 1, 'an answer');
  return listener;
}

async function statusOf(query: string, options: ConstructorParameters<typeof StreamListener>[1]): Promise<number> {
  return (await knock(query, options)).refused?.status ?? 101;
}

function token(claims: Record<string, unknown> = {}, secret = SECRET, alg = 'HS256'): Promise<string> {
  return new SignJWT({ scope: 'stream', ...claims })
    .setProtectedHeader({ alg })
    .setSubject('partner')
    .setExpirationTime((claims['expires'] as string | undefined) ?? '1m')
    .sign(new TextEncoder().encode(secret));
}

describe('the door of the stream', () => {
  it('takes a key from a header or a subprotocol, never from the URL', async () => {
    await start();
    expect(await statusOf('', { headers: {} })).toBe(401);
    expect(await statusOf('', { headers: { 'x-api-key': 'wrong-key-of-some-length' } })).toBe(401);
    expect(await statusOf('', { headers: { 'x-api-key': READ_KEY } })).toBe(403);
    expect(await statusOf('', { headers: { 'x-api-key': STREAM_KEY } })).toBe(101);
    expect(await statusOf('', { headers: { authorization: `Bearer ${STREAM_KEY}` } })).toBe(101);
    const browser = await knock('', { headers: {}, protocols: ['vigil.v1', `vigil.key.${STREAM_KEY}`] });
    expect([browser.refused, browser.socket.protocol]).toEqual([undefined, 'vigil.v1']);
    for (const name of ['key', 'api_key', 'x-api-key', 'token', 'access_token']) {
      expect(await statusOf(`?${name}=${STREAM_KEY}`, { headers: {} })).toBe(401);
    }
  });

  it('takes no ticket of a key that was revoked since', async () => {
    await start();
    const name = randomUUID();
    const key = (await createStoredKey(database, name, ['stream']))!;
    const ask = (): Promise<Response> =>
      fetch(`${gateway.url}/ws/ticket`, { method: 'POST', headers: { 'x-api-key': key } });
    const { ticket } = (await (await ask()).json()) as { ticket: string };
    await revokeStoredKey(database, name);
    const isForgotten = async (): Promise<boolean> => (await ask()).status === 401;
    await waitUntil(isForgotten, { timeoutMs: 10_000, what: 'the end of the key' });
    expect(await statusOf(`?ticket=${ticket}`, { headers: {} })).toBe(401);
  });

  it('takes a ticket once', async () => {
    await start();
    const response = await fetch(`${gateway.url}/ws/ticket`, { method: 'POST', headers: { 'x-api-key': STREAM_KEY } });
    const { ticket } = (await response.json()) as { ticket: string };
    expect(await statusOf(`?ticket=${ticket}x`, { headers: {} })).toBe(401);
    expect(await statusOf(`?ticket=${ticket}`, { headers: {} })).toBe(101);
    expect(await statusOf(`?ticket=${ticket}`, { headers: {} })).toBe(401);
    const forged = `${Buffer.from(JSON.stringify({ name: 'listener', expires: Date.now() + 9_999, nonce: 'n' })).toString('base64url')}.`;
    expect(await statusOf(`?ticket=${forged}`, { headers: {} })).toBe(401);
  });

  it('takes a ticket of another gateway only for a key that may listen here', async () => {
    await start({ TICKET_SECRET: SECRET });
    const others = new Tickets(SECRET);
    expect(await statusOf(`?ticket=${others.issue('listener')}`, { headers: {} })).toBe(101);
    expect(await statusOf(`?ticket=${others.issue('reader')}`, { headers: {} })).toBe(401);
    expect(await statusOf(`?ticket=${others.issue('nobody')}`, { headers: {} })).toBe(401);
  });

  it('lets pages in from its own origin and those that are listed', async () => {
    await start({ WS_ORIGINS: ['https://console.example.org'] });
    const from = (origin: string) => statusOf('', { headers: { 'x-api-key': STREAM_KEY, origin } });
    expect(await from('https://console.example.org')).toBe(101);
    expect(await from(gateway.url)).toBe(101);
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('http://127.0.0.1')).toBe(403);
    expect(await from('https://console.example.org.evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
  });

  it('ends the stream of a key that is revoked', async () => {
    await start();
    const key = await createStoredKey(database, 'leaver', ['stream']);
    const listener = await knock('?control=1', { headers: { 'x-api-key': key! } });
    await revokeStoredKey(database, 'leaver');
    await listener.until(() => listener.closed !== undefined, 'close');
    expect(listener.closed?.code).toBe(4401);
    expect(listener.events('bye')[0]).toMatchObject({ reason: 'unauthorized' });
  });
});

describe('JSON Web Tokens', () => {
  it('confine what is live and what is replayed, whatever the client asks for', async () => {
    await start({ JWT_SECRET: SECRET });
    const bearer = `Bearer ${await token({ vigil_min_severity: 'HIGH', vigil_sources: ['a.log'] })}`;
    const listener = await knock('?after=0&min_severity=LOW&source=a.log&source=b.log', {
      headers: { authorization: bearer },
    });
    await listener.until(() => listener.events('ping').length > 0, 'replay');
    expect(listener.seqs).toEqual([1]);
    listener.send({ type: 'subscribe' });
    await listener.until(() => listener.events('subscribed').length > 0, 'subscription');
    const alerts = await storeEvents(database, [
      { severity: 'MEDIUM', source: 'a.log' },
      { severity: 'HIGH', source: 'b.log' },
      { severity: 'HIGH', source: 'a.log' },
    ]);
    await bus.publish(alerts);
    await listener.until(() => listener.seqs.length >= 2, 'live');
    expect(listener.seqs).toEqual([1, alerts[2]!.seq]);
  });

  it('are refused where the signature, the time, the scope, the audience or the kind is wrong', async () => {
    await start({ JWT_SECRET: SECRET, JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'vigil' });
    const knockWith = async (jwt: string): Promise<number> =>
      statusOf('', { headers: { authorization: `Bearer ${jwt}` } });
    const [iss, aud] = ['https://issuer.example', 'vigil'];
    expect(await knockWith(await token({ iss, aud }))).toBe(101);
    expect(await knockWith(await token({ iss, aud: ['other', aud] }))).toBe(101);
    expect(await knockWith(await token({ iss, aud }, `${SECRET}!`))).toBe(401);
    expect(await knockWith(await token({ iss, aud, expires: '-1m' }))).toBe(401);
    expect(await knockWith(await token({ iss, aud, scope: 'read streams' }))).toBe(401);
    expect(await knockWith(await token({ iss: 'https://other.example', aud }))).toBe(401);
    expect(await knockWith(await token({ iss, aud: 'another service' }))).toBe(401);
    expect(await knockWith(await token({ iss }))).toBe(401);
    expect(await knockWith(await token({ iss, aud }, SECRET, 'HS512'))).toBe(401);
    const unsigned = new UnsecuredJWT({ iss, aud, scope: 'stream', sub: 'x' }).setExpirationTime('1m').encode();
    expect(await knockWith(unsigned)).toBe(401);
  });

  it('end the stream that they opened when they end', async () => {
    await start({ JWT_SECRET: SECRET });
    // Clocks may differ by more than this.
    const ending = await token({ expires: '-1s' });
    const listener = await knock('?control=1', { headers: { authorization: `Bearer ${ending}` } });
    await listener.until(() => listener.closed !== undefined, 'close');
    expect(listener.closed?.code).toBe(4401);
    expect(listener.events('bye')[0]).toMatchObject({ reason: 'unauthorized' });
  });

  it('open nothing where none are configured, and never REST', async () => {
    await start();
    expect(await statusOf('', { headers: { authorization: `Bearer ${await token()}` } })).toBe(401);
    const response = await fetch(`${gateway.url}/threats`, { headers: { authorization: `Bearer ${await token()}` } });
    expect(response.status).toBe(401);
  });

  it('are checked against the keys that the issuer publishes', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }] });
    const issuer: Server = createServer((_request, response) => response.end(jwks));
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    await start({ JWT_JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json` });
    const signed = await new SignJWT({ scope: 'stream' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setSubject('partner')
      .setExpirationTime('1m')
      .sign(privateKey);
    expect(await statusOf('', { headers: { authorization: `Bearer ${signed}` } })).toBe(101);
    // The public key is no secret: a token signed with it as if it were one must not pass.
    const confused = await token({}, publicKey.export({ type: 'spki', format: 'pem' }).toString());
    expect(await statusOf('', { headers: { authorization: `Bearer ${confused}` } })).toBe(401);
    // Neither a key of its own, whatever id it gives it, nor one that the token brings along.
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const header of [{ kid: 'k1' }, { kid: '../../dev/null' }, { jwk: await exportJWK(own.publicKey) }]) {
      const forged = await new SignJWT({ scope: 'stream' })
        .setProtectedHeader({ alg: 'ES256', ...header })
        .setSubject('partner')
        .setExpirationTime('1m')
        .sign(own.privateKey);
      expect(await statusOf('', { headers: { authorization: `Bearer ${forged}` } })).toBe(401);
    }
    issuer.close();
  });

  it('are checked against the keys of now, also where the clock was set back', async () => {
    const pairs = ['old', 'new'].map((kid) => ({ kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }));
    let published = pairs[0]!;
    const issuer: Server = createServer((_request, response) => {
      const jwk = { ...published.publicKey.export({ format: 'jwk' }), kid: published.kid, alg: 'ES256' };
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    await start({ JWT_JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json` });
    const knockWith = async ({ kid, privateKey }: (typeof pairs)[number]): Promise<number> => {
      const signed = await new SignJWT({ scope: 'stream' })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setSubject('partner')
        .setExpirationTime('1d')
        .sign(privateKey);
      return statusOf('', { headers: { authorization: `Bearer ${signed}` } });
    };
    const timeOfDay = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() + 3_600_000);
    try {
      expect(await knockWith(pairs[0]!)).toBe(101);
    } finally {
      clock.mockRestore();
    }
    published = pairs[1]!;
    expect(await Promise.all(pairs.map(knockWith))).toEqual([401, 101]);
    issuer.close();
  });
});

describe('JSON Web Tokens whose issuer is away', () => {
  it.each([
    ['not there', undefined],
    ['in trouble', 502],
  ])('get no answer that makes their holder give up: %s', async (_what, status) => {
    const issuer = createServer((_request, response) => response.writeHead(status ?? 200).end('no keys'));
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    const { port } = issuer.address() as AddressInfo;
    if (status === undefined) issuer.close();
    await start({ JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks.json` });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = await new SignJWT({ scope: 'stream' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setSubject('partner')
      .setExpirationTime('1m')
      .sign(privateKey);
    const { refused } = await knock('', { headers: { authorization: `Bearer ${signed}` } });
    expect(refused).toMatchObject({ status: 503 });
    expect(JSON.parse(refused!.body)).toMatchObject({
      title: 'Keys out of reach',
      retry_after_seconds: expect.any(Number),
    });
    issuer.close();
  });
});

describe('limits', () => {
  const options = { headers: { 'x-api-key': STREAM_KEY } };

  it('bound the connections of one address and one key, and free them again', async () => {
    await start({ WS_CONNECTIONS_PER_IP_MAX: 2 });
    const first = await knock('', options);
    expect(await statusOf('', options)).toBe(101);
    const refused = await knock('', options);
    expect(refused.refused).toMatchObject({ status: 429 });
    expect(JSON.parse(refused.refused!.body)).toMatchObject({ retry_after_seconds: 5 });
    first.close();
    await first.until(() => gateway.gateway.clients() === 1, 'the slot');
    expect(await statusOf('', options)).toBe(101);
    await gateway.stop();

    await start({ WS_CONNECTIONS_PER_KEY_MAX: 1 });
    expect(await statusOf('', options)).toBe(101);
    expect(await statusOf('', options)).toBe(429);
  });

  it('bound the connections of the whole gateway', async () => {
    await start({ WS_CONNECTIONS_MAX: 1 });
    expect(await statusOf('', options)).toBe(101);
    expect((await knock('', options)).refused).toMatchObject({ status: 503 });
  });

  it('end the stream of a client that says too much', async () => {
    await start();
    const listener = await knock('?control=1', options);
    for (let i = 0; i < 30; i += 1) listener.send({ type: 'subscribe' });
    await listener.until(() => listener.closed !== undefined, 'close');
    expect(listener.events('bye')[0]).toMatchObject({ reason: 'too_many_messages', retry_after_ms: 5_000 });
  });

  it('count all addresses of an IPv6 /64 as one', async () => {
    const proxied = { TRUSTED_PROXIES: ['127.0.0.1'] };
    const from = (address: string) => ({ headers: { 'x-api-key': STREAM_KEY, 'x-forwarded-for': address } });
    await start({ ...proxied, WS_CONNECTIONS_PER_IP_MAX: 1, REQUESTS_PER_MINUTE_MAX: 4 });
    expect(await statusOf('', from('2001:db8:0:1::1'))).toBe(101);
    expect(await statusOf('', from('2001:db8:0:1:ffff::2'))).toBe(429);
    expect(await statusOf('', from('2001:db8:0:2::1'))).toBe(101);
    const get = async (address: string): Promise<number> =>
      (await fetch(`${gateway.url}/metrics`, { headers: { 'x-api-key': 'guess', 'x-forwarded-for': address } })).status;
    expect([await get('2001:db8:0:1::1'), await get('2001:db8:0:1::2')]).toEqual([401, 429]);
    await gateway.stop();

    await start({ ...proxied, WS_CONNECTS_PER_SECOND_MAX: 1 });
    const statuses: number[] = [];
    for (let i = 0; !statuses.includes(429); i += 1)
      statuses.push(await statusOf('', { headers: { 'x-forwarded-for': `2001:db8::${i}` } }));
    expect(statuses.length).toBeGreaterThan(1);
  });

  it('bound how fast an address connects without a key, and not who has one there', async () => {
    await start({ WS_CONNECTS_PER_SECOND_MAX: 1 });
    const statuses: number[] = [];
    while (!statuses.includes(429)) statuses.push(await statusOf('', { headers: {} }));
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(await statusOf('', options)).toBe(101);
    const leaving = new AbortController();
    const events = await fetch(`${gateway.url}/alerts/stream`, { ...options, signal: leaving.signal });
    leaving.abort();
    expect(events.status).toBe(200);
  });

  it('bound how fast a key connects from an address', async () => {
    await start({ WS_CONNECTS_PER_SECOND_MAX: 1 });
    const statuses: number[] = [];
    while (!statuses.includes(429)) statuses.push(await statusOf('', options));
    expect(statuses.slice(0, 5)).toEqual([101, 101, 101, 101, 101]);
  });

  it('bound REST requests per key, from wherever they come', async () => {
    await start({ REQUESTS_PER_MINUTE_MAX: 8, TRUSTED_PROXIES: ['127.0.0.1'] });
    const get = async (address: string): Promise<number> =>
      (await fetch(`${gateway.url}/threats`, { headers: { 'x-api-key': READ_KEY, 'x-forwarded-for': address } }))
        .status;
    expect([await get('192.0.2.1'), await get('192.0.2.2'), await get('192.0.2.3')]).toEqual([200, 200, 429]);
  });

  it('bound guesses of keys per address, and not what those send from there who have one', async () => {
    await start({ REQUESTS_PER_MINUTE_MAX: 8 });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      const { status } = await fetch(`${gateway.url}/threats`, { headers: { 'x-api-key': `guess-${i}-0123456789` } });
      statuses.push(status);
    }
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await fetch(`${gateway.url}/threats`)).status).toBe(429);
    expect((await fetch(`${gateway.url}/threats`, { headers: { 'x-api-key': READ_KEY } })).status).toBe(200);
  });

  it('believe X-Forwarded-For of trusted proxies alone', async () => {
    const guess = async (forwardedFor: string): Promise<number> =>
      (
        await fetch(`${gateway.url}/threats`, {
          headers: { 'x-api-key': 'guess-0123456789', 'x-forwarded-for': forwardedFor },
        })
      ).status;
    await start({ REQUESTS_PER_MINUTE_MAX: 4 });
    expect([await guess('192.0.2.1'), await guess('192.0.2.2')]).toEqual([401, 429]);
    await gateway.stop();
    await start({ REQUESTS_PER_MINUTE_MAX: 4, TRUSTED_PROXIES: ['127.0.0.1'] });
    expect([await guess('192.0.2.1'), await guess('192.0.2.2'), await guess('192.0.2.1')]).toEqual([401, 401, 429]);
    // What a client writes before its own address, which the proxy adds, counts for nothing.
    expect(await guess('198.51.100.7, 192.0.2.2')).toBe(429);
  });

  it('refuse newcomers while the gateway stops', async () => {
    await start();
    await knock('', options);
    const { url, wsUrl } = gateway;
    const stopping = gateway.stop();
    const late = new StreamListener(wsUrl, options);
    listeners.push(late);
    await late.until(() => late.refused !== undefined || late.closed !== undefined, 'refusal');
    expect(late.socket.readyState).not.toBe(1);
    expect(late.refused?.status ?? 503).toBe(503);
    expect(url).toContain('127.0.0.1');
    await stopping;
  });
});

it('tells whoever asks for no URL at all that the fault is theirs', async () => {
  await start();
  const headers = { connection: 'upgrade', upgrade: 'websocket' };
  const refused = await new Promise<IncomingMessage>((resolve, reject) => {
    request(gateway.url, { path: '//', headers }).on('response', resolve).on('error', reject).end();
  });
  refused.resume();
  expect(refused.statusCode).toBe(400);
  expect(refused.headers['cache-control']).toBe('no-store');
});

it('says what is amiss where the upgrade did not come through', async () => {
  await start();
  const response = await fetch(`${gateway.url}/ws/alerts?ticket=x`);
  expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket']);
  expect(await response.json()).toMatchObject({ status: 426, detail: expect.stringContaining('proxy') as string });
});

it('lets go of a connection that it refused to upgrade, whatever the peer keeps open', async () => {
  await start();
  const peer = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1', allowHalfOpen: true });
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
  await start();
  const headers = {
    connection: 'upgrade, http2-settings',
    upgrade: 'h2c',
    'http2-settings': '',
    'x-api-key': READ_KEY,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${gateway.url}/threats`, { headers }).on('response', resolve).on('error', reject).end();
  });
  response.resume();
  expect(response.statusCode).toBe(200);
});

it('says neither key nor ticket in an error or in the metrics', async () => {
  await start();
  const secret = 'vgl_this-is-a-secret-of-somebody';
  const response = await fetch(`${gateway.url}/threats`, { headers: { 'x-api-key': secret } });
  expect(await response.text()).not.toContain(secret);
  const refused = await knock('', { headers: { 'x-api-key': secret } });
  expect(refused.refused?.body).not.toContain(secret);
  expect(await gateway.registry.metrics()).not.toContain(secret);
});
