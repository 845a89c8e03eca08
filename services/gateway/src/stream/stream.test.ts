import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createStoredKey } from '@vigil/shared/auth/key-store';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { alertSchema } from '@vigil/shared/contracts';
import type { Database, EntityManager } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewaySettings } from '../config.ts';
import { startTestGateway, STREAM_KEY, type TestGateway } from '../testing/start-test-gateway.ts';
import { createEventPartition, storeEvents, type EventSeed } from '../testing/store-events.ts';
import { range, StreamListener } from '../testing/stream-listener.ts';

let database: Database;
let gateway: TestGateway;
const bus = createMemoryAlertBus();
const listeners: StreamListener[] = [];
/** What the documentation promises of every message. */
const isAsDocumented = new Ajv2020({ formats: fullFormats }).compile(
  JSON.parse(readFileSync(new URL('../../../../docs/stream.schema.json', import.meta.url), 'utf8')) as object,
);

beforeAll(async () => {
  database = await openTestDatabase();
  await createEventPartition(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query('truncate events, alerts');
  await database.query('update relay_state set last_seq = 0');
});
afterEach(async () => {
  const frames = listeners.flatMap((listener) => listener.frames);
  for (const listener of listeners.splice(0)) listener.close();
  await gateway.stop();
  for (const frame of frames) {
    if (!isAsDocumented(frame))
      throw new Error(`not as documented: ${JSON.stringify({ frame, errors: isAsDocumented.errors })}`);
  }
});

async function start(settings: Partial<GatewaySettings> = {}): Promise<void> {
  gateway = await startTestGateway(database, bus, settings);
}

function listen(query = '', options: ConstructorParameters<typeof StreamListener>[1] = {}): StreamListener {
  const listener = new StreamListener(`${gateway.wsUrl}${query}`, options);
  listeners.push(listener);
  return listener;
}

/** Stores events and tells the bus. */
async function tell(...seeds: EventSeed[]): Promise<void> {
  await bus.publish(await storeEvents(database, seeds));
}

function many(count: number, seed: EventSeed = {}): EventSeed[] {
  return Array.from({ length: count }, () => seed);
}

async function isKeyLookedUp(): Promise<boolean> {
  const waiting = await database.query(
    `select 1 from pg_locks where relation = 'api_keys'::regclass and not granted and database =
       (select oid from pg_database where datname = current_database())`,
  );
  return waiting.length > 0;
}

describe('a client that asks for nothing', () => {
  it("gets the seed's plain threat frames and nothing else", async () => {
    // No shorter: on a busy machine the answer to a ping may take longer than that, and ends the connection.
    await start({ WS_PING_INTERVAL_MS: 500 });
    const [listener, pinged] = await Promise.all([listen().open(), listen('?control=1').open()]);
    await tell({ path: '/a' }, { path: '/b', severity: 'MEDIUM' });
    await pinged.until(() => pinged.events('ping').length > 0, 'ping of who asked for more');
    await listener.until(() => listener.frames.length >= 2, 'two frames');
    for (const frame of listener.frames) expect(alertSchema.parse(frame)).toEqual(frame);
    expect(listener.frames.map((frame) => frame['request_path'])).toEqual(['/a', '/b']);
  });
});

describe('a client whose filter lets nothing through', () => {
  it('is told how far the stream is, so that it need not resume from far back', async () => {
    // As above.
    await start({ WS_PING_INTERVAL_MS: 500 });
    const listener = await listen('?control=1&min_severity=HIGH').open();
    await listener.until(() => listener.events('ping').length > 0, 'the end of the replay');
    await tell(...many(5, { severity: 'MEDIUM' }));
    await listener.until(() => listener.events('ping').at(-1)!.cursor === 5, 'the cursor');
    expect(listener.seqs).toEqual([]);
  });
});

describe('resuming', () => {
  it('replays what came after the cursor, then goes on live', async () => {
    await start({ RECENT_ALERTS_MAX: 100 });
    await tell(...many(250));
    const listener = await listen('?after=17').open();
    await listener.until(() => listener.seqs.length === 233, 'replay');
    await tell(...many(3));
    await listener.until(() => listener.seqs.length === 236, 'live');
    expect(listener.seqs).toEqual(range(18, 253));
    expect(listener.frames[0]).toMatchObject({ event: 'hello', protocol: 1, cursor: 17 });
  });

  it('tells of alerts that are no longer kept, with the first and last of them', async () => {
    await tell(...many(30));
    await database.query('delete from alerts where seq <= 10');
    await database.query('delete from events where id in (select event_id from alerts where seq between 15 and 16)');
    await start({ RECENT_ALERTS_MAX: 5 });
    const listener = await listen('?after=3').open();
    await listener.until(() => listener.seqs.at(-1) === 30, 'replay');
    expect(listener.seqs).toEqual([...range(11, 14), ...range(17, 30)]);
    expect(listener.events('gap')).toEqual([
      { event: 'gap', from: 4, to: 10, reason: 'expired' },
      { event: 'gap', from: 15, to: 16, reason: 'expired' },
    ]);
  });

  it('does not take for gone what was stored while the others were found to be', async () => {
    await tell(...many(10));
    await database.query('delete from alerts');
    let whileRead = (): Promise<unknown> => Promise.resolve();
    const slow: Database = {
      ...database,
      query: async <Row>(sql: string, params?: readonly unknown[], ...more: [EntityManager?]) => {
        const rows = await database.query<Row>(sql, params, ...more);
        if (params?.[0] === 5 && rows.length === 0) await whileRead();
        return rows;
      },
    };
    gateway = await startTestGateway(slow, bus);
    const live = await listen('?control=1').open();
    await live.until(() => live.events('hello').length === 1, 'hello');
    whileRead = async () => {
      await tell(...many(1));
      await live.until(() => live.seqs.length === 1, 'alert');
    };
    const listener = await listen('?after=5').open();
    await listener.until(() => listener.events('ping').length === 1, 'end of the replay');
    expect(listener.events('gap')).toEqual([{ event: 'gap', from: 6, to: 10, reason: 'expired' }]);
    expect(listener.seqs).toEqual([11]);
  });

  it('skips what is more than a resume may ask for, and says so', async () => {
    await tell(...many(30));
    await start({ REPLAY_ALERTS_MAX: 10 });
    const listener = await listen('?after=0').open();
    await listener.until(() => listener.seqs.length === 10, 'replay');
    expect(listener.seqs).toEqual(range(21, 30));
    expect(listener.events('gap')).toEqual([{ event: 'gap', from: 1, to: 20, reason: 'too_old' }]);
  });

  it('sets back a cursor that is ahead of all that was ever given', async () => {
    await tell(...many(3));
    await start();
    const listener = await listen('?after=900').open();
    await listener.until(() => listener.events('gap').length === 1, 'gap');
    expect(listener.events('gap')[0]).toMatchObject({ from: 4, to: 900, reason: 'ahead_of_stream' });
    await tell(...many(1));
    await listener.until(() => listener.seqs.length === 1, 'live');
    expect(listener.seqs).toEqual([4]);
  });
});

describe('a PostgreSQL that was taken back in time', () => {
  const seqAndId = (listener: StreamListener): unknown[] => listener.events('threat').map(({ seq, id }) => [seq, id]);

  it('has its new alerts told from where the two histories part, to whoever was listening', async () => {
    await start();
    const [listener, plain] = await Promise.all([listen('?control=1').open(), listen().open()]);
    await tell(...many(10));
    await plain.until(() => plain.seqs.length === 10 && listener.seqs.length === 10, 'what will be forgotten');
    await database.transactional(async (em) => {
      await database.query('delete from alerts where seq > 6', [], em);
      await database.query('update relay_state set last_seq = 6', [], em);
    });
    const alerts = await storeEvents(database, many(2));
    await bus.publish(alerts);
    await plain.until(() => plain.seqs.length === 12 && listener.seqs.length === 12, 'what came since');
    alerts.push(...(await storeEvents(database, many(1))));
    await bus.publish(alerts.slice(2));
    await plain.until(() => plain.seqs.length === 13 && listener.seqs.length === 13, 'what comes then');
    expect(listener.events('gap')).toEqual([{ event: 'gap', from: 7, to: 10, reason: 'ahead_of_stream' }]);
    for (const { frames } of [listener, plain]) expect(frames.some(({ event }) => event === 'bye')).toBe(false);
    for (const each of [listener, plain])
      expect(seqAndId(each).slice(10)).toEqual(alerts.map(({ seq, id }) => [seq, id]));
  });

  it('is not seen where alerts are merely no longer kept', async () => {
    await tell(...many(3));
    await database.query('delete from alerts');
    await start();
    const listener = await listen('?after=3').open();
    await listener.until(() => listener.events('hello').length === 1, 'hello');
    await tell(...many(1));
    await listener.until(() => listener.seqs.length === 1, 'live');
    expect(listener.events('hello')[0]).toMatchObject({ cursor: 3, head: 3 });
    expect(listener.seqs).toEqual([4]);
    expect(listener.events('gap')).toEqual([]);
  });
});

describe('what the bus loses', () => {
  it('comes from PostgreSQL before what follows, and a lost last alert within a second or two', async () => {
    await start();
    const listener = await listen('?control=1').open();
    const alerts = await storeEvents(database, many(10));
    await bus.publish([alerts[0]!, alerts[4]!, alerts[3]!, alerts[8]!, alerts[4]!]);
    await listener.until(() => listener.seqs.length === 10, 'all');
    expect(listener.seqs).toEqual(range(1, 10));
  });

  it('does not hold the stream up for a seq that was never given', async () => {
    await start();
    const listener = await listen().open();
    const [alert] = await storeEvents(database, many(1));
    await bus.publish([{ ...alert!, seq: 1_000_000 }, alert!]);
    await tell(...many(1));
    await listener.until(() => listener.seqs.length === 2, 'both');
    expect(listener.seqs).toEqual([1, 2]);
  });
});

describe('filters', () => {
  it('let through the same alerts live and replayed', async () => {
    await start();
    const seeds: EventSeed[] = [
      { classes: ['XSS'], severity: 'HIGH', sourceIp: '203.0.113.9', path: '/admin/x' },
      { classes: ['SSRF', 'XSS'], severity: 'MEDIUM', sourceIp: '2001:db8::1', path: '/a.php' },
      { classes: ['SSRF'], severity: 'HIGH', sourceIp: '203.0.114.9', path: '/admin', source: 'other.log' },
    ];
    const queries: [string, number[]][] = [
      ['class=xss', [1, 2]],
      ['min_severity=HIGH', [1, 3]],
      ['severity=MEDIUM', [2]],
      ['cidr=203.0.113.0/24,2001:db8::/32', [1, 2]],
      ['path=/admin*', [1, 3]],
      ['path=*.php&path=/admin', [2, 3]],
      ['source=other.log', [3]],
      ['class=SSRF&min_severity=HIGH', [3]],
    ];
    const live = await Promise.all(queries.map(([query]) => listen(`?${query}`).open()));
    await tell(...seeds);
    const replayed = queries.map(([query]) => listen(`?after=0&${query}`));
    for (const [index, [query, seqs]] of queries.entries()) {
      for (const listener of [live[index]!, replayed[index]!]) {
        await listener.until(() => listener.seqs.length >= seqs.length, query);
        expect([query, ...listener.seqs]).toEqual([query, ...seqs]);
      }
    }
  });

  it('change by message, from the very place where the old one ended', async () => {
    await start();
    const listener = await listen('?control=1&min_severity=HIGH').open();
    await listener.until(() => listener.events('hello').length === 1, 'hello');
    await tell({ severity: 'MEDIUM' }, { severity: 'HIGH' });
    await listener.until(() => listener.seqs.length === 1, 'first');
    listener.send({ type: 'subscribe', severity: 'MEDIUM' });
    await listener.until(() => listener.events('subscribed').length === 1, 'subscribed');
    await tell({ severity: 'MEDIUM' }, { severity: 'HIGH' });
    await listener.until(() => listener.seqs.length === 2, 'second');
    listener.send({ type: 'subscribe', after: 0, batch: true });
    await listener.until(() => listener.seqs.length === 6, 'all again');
    expect(listener.seqs).toEqual([2, 3, 1, 2, 3, 4]);
    expect(listener.events('batch')).not.toHaveLength(0);
  });

  it('that are wrong are refused, at the door and by message, without ending what stands', async () => {
    await start();
    for (const query of ['?cidr=300.0.0.0/8', '?min_sevrity=HIGH', '?batch=yes', '?after=', '?after=0x1']) {
      const listener = listen(query);
      await listener.until(() => listener.refused !== undefined, 'refusal');
      expect(listener.refused).toMatchObject({ status: 422 });
    }
    const open = await listen('?control=1').open();
    const misspelt = '{"type":"subscribe","min_sevrity":"HIGH"}';
    for (const message of ['{', '[]', '{"type":"subscribe","cidr":"x"}', '{"type":"other"}', misspelt])
      open.send(message);
    await open.until(() => open.events('error').length === 5, 'errors');
    expect(open.events('error').map(({ detail }) => detail)).toMatchObject([
      'message not understood: it is no JSON',
      expect.stringContaining('expected object'),
      expect.stringContaining('cidr'),
      expect.stringContaining('type'),
      'message not understood: Unrecognized key: "min_sevrity"',
    ]);
    await tell(...many(1));
    await open.until(() => open.seqs.length === 1, 'alert');
  });
});

describe('bounds', () => {
  it('coalesces alerts for a client that asks for batches, and gives its cursor', async () => {
    await start();
    const listener = await listen('?batch=1').open();
    await listener.until(() => listener.events('hello').length === 1, 'hello');
    for (let i = 0; i < 10; i += 1) await tell(...many(50));
    await listener.until(() => listener.seqs.length === 500, 'all');
    expect(listener.seqs).toEqual(range(1, 500));
    expect(listener.events('batch').at(-1)?.cursor).toBe(500);
    expect(listener.events('batch').length).toBeLessThan(100);
  });

  it('closes a client that does not read, with its cursor, and keeps the others going', async () => {
    await start({ WS_BUFFER_BYTES_MAX: 100_000 });
    const slow = await listen('?control=1').open();
    const quick = await listen().open();
    slow.socket.pause();
    const seed = { path: `/${'x'.repeat(4_000)}` };
    let told = 0;
    while (gateway.gateway.clients() === 2 && told < 20_000) {
      await tell(...many(100, seed));
      told += 100;
      await quick.until(() => quick.seqs.length === told, 'the other client');
      const closed = await gateway.registry.getSingleMetric('vigil_gateway_closed_total')?.get();
      if ((closed?.values.length ?? 0) > 0) break;
    }
    slow.socket.resume();
    await slow.until(() => slow.closed !== undefined, 'close');
    expect(slow.closed?.code).toBe(4408);
    const bye = slow.events('bye')[0];
    expect(bye).toMatchObject({ reason: 'slow', cursor: slow.seqs.at(-1) });
    expect(JSON.parse(slow.closed!.reason)).toMatchObject({ reason: 'slow', cursor: slow.seqs.at(-1) });
    expect(slow.seqs).toEqual(range(1, slow.seqs.length));
  });

  it('reads nothing more for a client that resumes again and again and does not read', async () => {
    const alerts = 500;
    await tell(...many(alerts, { path: `/${'x'.repeat(8_000)}` }));
    await start({ WS_BUFFER_BYTES_MAX: 100_000 });
    const valueOf = async (name: string): Promise<number> =>
      (await gateway.registry.getSingleMetric(name)!.get()).values[0]?.value ?? 0;
    const listener = await listen('?control=1').open();
    listener.socket.pause();
    const times = 15;
    for (let time = 1; time <= times; time += 1) {
      const before = await valueOf('vigil_gateway_messages_total');
      listener.send({ type: 'subscribe', after: 0 });
      const isHeard = async (): Promise<boolean> => (await valueOf('vigil_gateway_messages_total')) > before;
      await waitUntil(isHeard, { timeoutMs: 10_000, what: 'the answer' });
      // So that it could send what it should not.
      await delay(20);
    }
    // What the kernel took of it for both sides is some of them.
    expect(await valueOf('vigil_gateway_alerts_replayed_total')).toBeLessThan((alerts * times) / 2);
    listener.socket.resume();
    const isReplayed = (): boolean =>
      listener.events('subscribed').length === times && listener.frames.at(-1)?.event === 'ping';
    await listener.until(isReplayed, 'the end of the last replay');
    expect(listener.seqs.slice(-alerts)).toEqual(range(1, alerts));
  });

  it('ends a client that talks too much or too long', async () => {
    await start();
    const chatty = await listen('?control=1').open();
    for (let i = 0; i < 40; i += 1) chatty.send({ type: 'subscribe' });
    await chatty.until(() => chatty.closed !== undefined, 'close');
    expect(chatty.closed?.code).toBe(4429);
    const long = await listen().open();
    long.send('x'.repeat(5_000));
    await long.until(() => long.closed !== undefined, 'close');
    expect(long.closed?.code).toBe(1009);
  });
});

describe('server-sent events', () => {
  it('carry the alerts and resume by Last-Event-ID', async () => {
    await start();
    await tell(...many(5));
    const response = await fetch(`${gateway.url}/alerts/stream?after=1&min_severity=HIGH&batch=1`, {
      headers: { 'x-api-key': STREAM_KEY, 'last-event-id': '3' },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    let text = '';
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: ping')) break;
    }
    expect(text).toMatch(/^event: hello\ndata: .*"batch":false/m);
    expect([...text.matchAll(/^id: (\d+)\nevent: threat$/gm)].map((match) => Number(match[1]))).toEqual([4, 5]);
  });

  it('stay open however long there is nothing to tell', async () => {
    // No shorter: on a busy machine it may take as long until the request is read, and until what was sent has gone.
    const stallMaxMs = 200;
    gateway = await startTestGateway(database, bus, { WS_PING_INTERVAL_MS: 2.5 * stallMaxMs }, { stallMaxMs });
    const response = await fetch(`${gateway.url}/alerts/stream`, { headers: { 'x-api-key': STREAM_KEY } });
    let text = '';
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString();
      if (text.split('event: ping').length > 3) break;
    }
    expect(text.match(/event: ping/g)!.length).toBeGreaterThanOrEqual(3);
  });

  it('take the place of one client each, and free it when that has left', async () => {
    await start({ WS_CONNECTIONS_PER_KEY_MAX: 1 });
    const leaving = new AbortController();
    const statusOf = async (signal?: AbortSignal): Promise<number> => {
      const options = { headers: { 'x-api-key': STREAM_KEY }, ...(signal && { signal }) };
      return (await fetch(`${gateway.url}/alerts/stream`, options)).status;
    };
    expect(await statusOf(leaving.signal)).toBe(200);
    expect(await statusOf()).toBe(429);
    leaving.abort();
    await waitUntil(async () => (await statusOf()) === 200, { timeoutMs: 10_000, what: 'the place' });
    expect(gateway.gateway.clients()).toBe(1);
  });

  it('count no client that left while its key was looked up', async () => {
    await start({ WS_CONNECTIONS_PER_KEY_MAX: 1 });
    const key = (await createStoredKey(database, randomUUID(), ['stream']))!;
    const client = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1', allowHalfOpen: true });
    await database.transactional(async (em) => {
      await database.query('lock table api_keys in access exclusive mode', [], em);
      client.write(`GET /alerts/stream HTTP/1.1\r\nHost: vigil\r\nX-API-Key: ${key}\r\n\r\n`);
      await waitUntil(isKeyLookedUp, { timeoutMs: 10_000, what: 'the look-up of the key' });
      client.end();
      await once(client.resume(), 'end');
    });
    const response = await fetch(`${gateway.url}/alerts/stream`, { headers: { 'x-api-key': key } });
    await response.body?.cancel();
    expect(response.status).toBe(200);
  });

  it('have no HEAD, whose answer would never end', async () => {
    await start();
    const options = { method: 'HEAD', headers: { 'x-api-key': STREAM_KEY } };
    expect((await fetch(`${gateway.url}/alerts/stream`, options)).status).toBe(405);
  });
});
