import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { READ_KEY, STREAM_KEY } from '../testing/start-test-gateway.ts';
import { StreamDoor } from '../testing/stream-door.ts';
import { StreamListener } from '../testing/stream-listener.ts';

const door = new StreamDoor();
beforeAll(() => door.setUp());
afterEach(() => door.stop());
afterAll(() => door.tearDown());

describe('limits', () => {
  const options = { headers: { 'x-api-key': STREAM_KEY } };

  it('bound the connections of one address and one key, and free them again', async () => {
    await door.start({ WS_CONNECTIONS_PER_IP_MAX: 2 });
    const first = await door.knock('', options);
    expect(await door.statusOf('', options)).toBe(101);
    const refused = await door.knock('', options);
    expect(refused.refused).toMatchObject({ status: 429 });
    expect(JSON.parse(refused.refused!.body)).toMatchObject({ retry_after_seconds: 5 });
    first.close();
    await first.until(() => door.running.gateway.clients() === 1, 'the slot');
    expect(await door.statusOf('', options)).toBe(101);
    await door.stop();

    await door.start({ WS_CONNECTIONS_PER_KEY_MAX: 1 });
    expect(await door.statusOf('', options)).toBe(101);
    expect(await door.statusOf('', options)).toBe(429);
  });

  it('bound the connections of the whole gateway', async () => {
    await door.start({ WS_CONNECTIONS_MAX: 1 });
    expect(await door.statusOf('', options)).toBe(101);
    expect((await door.knock('', options)).refused).toMatchObject({ status: 503 });
  });

  it('end the stream of a client that says too much', async () => {
    await door.start();
    const listener = await door.knock('?control=1', options);
    for (let i = 0; i < 30; i += 1) listener.send({ type: 'subscribe' });
    await listener.until(() => listener.closed !== undefined, 'close');
    expect(listener.events('bye')[0]).toMatchObject({ reason: 'too_many_messages', retry_after_ms: 5_000 });
  });

  it('count all addresses of an IPv6 /64 as one', async () => {
    const proxied = { TRUSTED_PROXIES: ['127.0.0.1'] };
    const from = (address: string) => ({ headers: { 'x-api-key': STREAM_KEY, 'x-forwarded-for': address } });
    await door.start({ ...proxied, WS_CONNECTIONS_PER_IP_MAX: 1, REQUESTS_PER_MINUTE_MAX: 4 });
    expect(await door.statusOf('', from('2001:db8:0:1::1'))).toBe(101);
    expect(await door.statusOf('', from('2001:db8:0:1:ffff::2'))).toBe(429);
    expect(await door.statusOf('', from('2001:db8:0:2::1'))).toBe(101);
    const get = async (address: string): Promise<number> =>
      (await fetch(`${door.url}/metrics`, { headers: { 'x-api-key': 'guess', 'x-forwarded-for': address } })).status;
    expect([await get('2001:db8:0:1::1'), await get('2001:db8:0:1::2')]).toEqual([401, 429]);
    await door.stop();

    await door.start({ ...proxied, WS_CONNECTS_PER_SECOND_MAX: 1 });
    const statuses: number[] = [];
    for (let i = 0; !statuses.includes(429); i += 1)
      statuses.push(await door.statusOf('', { headers: { 'x-forwarded-for': `2001:db8::${i}` } }));
    expect(statuses.length).toBeGreaterThan(1);
  });

  it('bound how fast an address connects without a key, and not who has one there', async () => {
    await door.start({ WS_CONNECTS_PER_SECOND_MAX: 1 });
    const statuses: number[] = [];
    while (!statuses.includes(429)) statuses.push(await door.statusOf('', { headers: {} }));
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(await door.statusOf('', options)).toBe(101);
    const leaving = new AbortController();
    const events = await fetch(`${door.url}/alerts/stream`, { ...options, signal: leaving.signal });
    leaving.abort();
    expect(events.status).toBe(200);
  });

  it('bound how fast a key connects from an address', async () => {
    await door.start({ WS_CONNECTS_PER_SECOND_MAX: 1 });
    const statuses: number[] = [];
    while (!statuses.includes(429)) statuses.push(await door.statusOf('', options));
    expect(statuses.slice(0, 5)).toEqual([101, 101, 101, 101, 101]);
  });

  it('bound REST requests per key, from wherever they come', async () => {
    await door.start({ REQUESTS_PER_MINUTE_MAX: 8, TRUSTED_PROXIES: ['127.0.0.1'] });
    const get = async (address: string): Promise<number> =>
      (await fetch(`${door.url}/threats`, { headers: { 'x-api-key': READ_KEY, 'x-forwarded-for': address } })).status;
    expect([await get('192.0.2.1'), await get('192.0.2.2'), await get('192.0.2.3')]).toEqual([200, 200, 429]);
  });

  it('bound guesses of keys per address, and not what those send from there who have one', async () => {
    await door.start({ REQUESTS_PER_MINUTE_MAX: 8 });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      const { status } = await fetch(`${door.url}/threats`, { headers: { 'x-api-key': `guess-${i}-0123456789` } });
      statuses.push(status);
    }
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await fetch(`${door.url}/threats`)).status).toBe(429);
    expect((await fetch(`${door.url}/threats`, { headers: { 'x-api-key': READ_KEY } })).status).toBe(200);
  });

  it('believe X-Forwarded-For of trusted proxies alone', async () => {
    const guess = async (forwardedFor: string): Promise<number> =>
      (
        await fetch(`${door.url}/threats`, {
          headers: { 'x-api-key': 'guess-0123456789', 'x-forwarded-for': forwardedFor },
        })
      ).status;
    await door.start({ REQUESTS_PER_MINUTE_MAX: 4 });
    expect([await guess('192.0.2.1'), await guess('192.0.2.2')]).toEqual([401, 429]);
    await door.stop();
    await door.start({ REQUESTS_PER_MINUTE_MAX: 4, TRUSTED_PROXIES: ['127.0.0.1'] });
    expect([await guess('192.0.2.1'), await guess('192.0.2.2'), await guess('192.0.2.1')]).toEqual([401, 401, 429]);
    // What a client writes before its own address, which the proxy adds, counts for nothing.
    expect(await guess('198.51.100.7, 192.0.2.2')).toBe(429);
  });

  it('refuse newcomers while the gateway stops', async () => {
    await door.start();
    await door.knock('', options);
    const stopping = door.running.stop();
    const late = new StreamListener(door.running.wsUrl, options);
    await late.until(() => late.refused !== undefined || late.closed !== undefined, 'refusal');
    expect(late.socket.readyState).not.toBe(1);
    expect(late.refused?.status ?? 503).toBe(503);
    await stopping;
  });
});
