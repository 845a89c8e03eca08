import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { loadConfig } from '@vigil/shared/config/load-config';
import type { Alert } from '@vigil/shared/contracts';
import { RetryLaterError } from '@vigil/shared/lifecycle/retry';
import { testAlert } from '@vigil/shared/testing/alert';
import { afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { AlertGroup, AlertSink } from '../alert-sink.ts';
import { alertOrder } from '../../testing/alert-order.ts';
import { webhookFields, webhookSinks } from './config.ts';
import { signatureOf } from './signature.ts';
import { createWebhookSink, type WebhookOptions } from './webhook-sink.ts';

const SECRET_PATH = '/services/T000/B000/not-for-logs';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

const releases: (() => void)[] = [];
afterEach(() => {
  for (const release of releases.splice(0)) release();
});

/** A receiver that gives these answers in turn, and then 204. */
async function receiver(...answers: ((response: ServerResponse) => void)[]) {
  const received: Received[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received.push({ headers: request.headers, body: await text(request) });
    (answers.shift() ?? answer(204))(response);
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.push(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${SECRET_PATH}`;
  const sink = (options: Partial<WebhookOptions> = {}): AlertSink =>
    createWebhookSink({ url, format: 'json', severityMin: 'MEDIUM', intervalMs: 0, ...options });
  return { received, url, sink };
}

function answer(status: number, headers: Record<string, string> = {}, body = '') {
  return (response: ServerResponse) => response.writeHead(status, headers).end(body);
}

const alert = (seq: number, fields: Partial<Alert> = {}): Alert => testAlert({ id: randomUUID(), seq, ...fields });

const numbered = (count: number, fields: Partial<Alert> = {}): Alert[] =>
  Array.from({ length: count }, (_, index) => alert(index + 1, fields));

const alertsIn = ({ body }: Received): Alert[] => (JSON.parse(body) as { data: { alerts: Alert[] } }).data.alerts;
const textIn = ({ body }: Received): string => (JSON.parse(body) as { text: string }).text;

it('signs as the example of the specification', () => {
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  expect(signatureOf(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

it('tells every alert in order, signed, in bodies that a receiver takes', async () => {
  const { received, sink } = await receiver();
  const key = Buffer.alloc(32, 7);
  const alerts = numbered(250, { request_path: `/${'x'.repeat(4_000)}` });
  for (const [index, told] of alerts.entries()) told.timestamp = new Date(1_000 * index).toISOString();
  expect(await sink({ secret: key }).publish(alerts, alertOrder())).toBeUndefined();
  expect(received.flatMap(alertsIn)).toEqual(alerts);
  for (const { headers, body } of received) {
    expect(body.length).toBeLessThan(300_000);
    expect(alertsIn({ headers, body }).length).toBeLessThanOrEqual(100);
    expect(JSON.parse(body)).toMatchObject({
      type: 'alerts',
      timestamp: alertsIn({ headers, body }).at(-1)!.timestamp,
    });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers as Record<string, string>;
    expect(headers['webhook-signature']).toBe(signatureOf(key, id!, Number(timestamp), body));
  }
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(received.length);
});

it('says when it sends, in seconds', async () => {
  const { received, sink } = await receiver();
  vi.spyOn(Date, 'now').mockReturnValue(1_614_265_330_999);
  releases.push(() => vi.restoreAllMocks());
  await sink().publish(numbered(1), alertOrder());
  expect(received[0]!.headers['webhook-timestamp']).toBe('1614265330');
});

it('goes on behind what was taken, and sends what was refused again under its id', async () => {
  const { received, sink } = await receiver(answer(200), answer(500, {}, 'busy\u001b[2J'));
  const [webhook, own, alerts] = [sink(), alertOrder(), numbered(150)];
  await expect(webhook.publish(alerts, own)).rejects.toThrow('the webhook answered 500: busy\\u{1b}[2J');
  await webhook.publish(alerts, own);
  expect(received.map((request) => alertsIn(request).map(({ seq }) => seq)[0])).toEqual([1, 101, 101]);
  expect(received[2]!.headers['webhook-id']).toBe(received[1]!.headers['webhook-id']);
  expect(received[1]!.headers['webhook-id']).not.toBe(received[0]!.headers['webhook-id']);
});

it('tells all of it again where another leader gives the numbers anew', async () => {
  const { received, sink } = await receiver();
  const [webhook, alerts] = [sink(), numbered(2)];
  await webhook.publish(alerts, alertOrder());
  await webhook.publish(alerts, alertOrder());
  expect(received.map(alertsIn)).toEqual([alerts, alerts]);
});

it.each([
  ['in seconds', '7', 7_000],
  ['for longer than alerts are worth', '999999', 900_000],
  ['in words', 'soon', 0],
])('waits as long as it is asked to, %s', async (_what, retryAfter, retryAfterMs) => {
  const { sink } = await receiver(answer(429, { 'retry-after': retryAfter }));
  const refusal = await Promise.resolve(sink().publish(numbered(1), alertOrder())).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RetryLaterError);
  expect(refusal).toMatchObject({ retryAfterMs });
});

it('follows no redirect, and shows no URL', async () => {
  const { received, sink } = await receiver(answer(307, { location: 'http://127.0.0.1:1/elsewhere' }));
  const refusal = await Promise.resolve(sink().publish(numbered(1), alertOrder())).catch((error: unknown) => error);
  expect((refusal as Error).message).toMatch('redirects are not followed');
  expect((refusal as Error).stack).not.toContain(SECRET_PATH);
  expect(received).toHaveLength(1);
});

it('gives the credentials of its URL in a header', async () => {
  const { received, url, sink } = await receiver();
  await sink({ url: url.replace('http://', 'http://ann:p%40ss@') }).publish(numbered(1), alertOrder());
  expect(received[0]!.headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
});

it('reads no more of an answer than it shows', async () => {
  const { sink } = await receiver((response) => {
    response.writeHead(400);
    const talk = (): void => {
      while (response.write('no '.repeat(1_000)));
    };
    response.on('drain', talk);
    talk();
  });
  await expect(sink().publish(numbered(1), alertOrder())).rejects.toThrow(/^the webhook answered 400: (?:no ){66}no?$/);
});

it('gives up a receiver that does not answer in time', async () => {
  const time = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(time.signal);
  releases.push(() => vi.restoreAllMocks());
  const { sink } = await receiver(() => time.abort(new Error('time is up')));
  await expect(sink().publish(numbered(1), alertOrder())).rejects.toThrow('time is up');
  expect(timeout).toHaveBeenCalledWith(15_000);
});

it('lets go of a receiver that does not answer when nobody waits any longer', async () => {
  const asked = Promise.withResolvers<void>();
  const { sink } = await receiver(() => asked.resolve());
  const stop = new AbortController();
  const telling = sink().publish(numbered(1), alertOrder(), stop.signal);
  await asked.promise;
  stop.abort();
  await expect(telling).rejects.toThrow('aborted');
});

it('tells nothing below its severity, and does not rest after it', async () => {
  const { received, sink } = await receiver();
  const webhook = sink({ severityMin: 'HIGH', intervalMs: 60_000 });
  await webhook.publish([alert(1, { severity: 'MEDIUM' })], alertOrder());
  expect(received).toEqual([]);
  expect(webhook.restMs!()).toBeLessThanOrEqual(0);
  await webhook.publish([alert(2, { severity: 'MEDIUM' }), alert(3)], alertOrder());
  expect(received.flatMap(alertsIn).map(({ seq }) => seq)).toEqual([3]);
  expect(webhook.restMs!()).toBeGreaterThan(0);
});

it('sums up nothing below its severity', async () => {
  const { received, sink } = await receiver();
  const webhook = sink({ format: 'text', severityMin: 'HIGH' });
  expect(await webhook.publish([alert(1, { severity: 'MEDIUM' })], alertOrder())).toBe(1);
  expect(received).toEqual([]);
  await webhook.publish([alert(2, { severity: 'MEDIUM' }), alert(3)], alertOrder());
  expect(received.map(textIn)).toEqual([expect.stringMatching(/^Vigil: 1 HIGH alert from one address\n/)]);
});

it('reads a million alerts at most for a summary, and no further where nobody waits any longer', async () => {
  const { sink } = await receiver();
  const group = numbered(1, { severity: 'MEDIUM' }).flatMap((one) => Array.from({ length: 100_000 }, () => one));
  const webhook = sink({ format: 'text', severityMin: 'HIGH' });
  const readsOf = async (signal: AbortSignal, onRead: () => void): Promise<number> => {
    let reads = 0;
    const read = async (): Promise<AlertGroup> => {
      reads += 1;
      onRead();
      return { alerts: reads < 20 ? group : [], lastSeq: 1 };
    };
    await webhook.publish(group, { ...alertOrder(), read }, signal);
    return reads;
  };
  const stop = new AbortController();
  expect(await readsOf(stop.signal, () => undefined)).toBe(9);
  expect(await readsOf(stop.signal, () => stop.abort())).toBe(1);
});

it('sums up for people what has gathered, and says how far it got', async () => {
  const { received, sink } = await receiver();
  const alerts = [
    alert(1, { source_ip: '198.51.100.7', severity: 'MEDIUM', threat_score: 0.5, classes: ['XSS'] }),
    ...[2, 3, 4].map((seq) => alert(seq, { source_ip: '203.0.113.9', classes: ['SQL_INJECTION'], request_path: '/a' })),
    alert(5, {
      source_ip: '203.0.113.9',
      threat_score: 0.97,
      request_path: '/worst',
      classes: ['XSS', 'SQL_INJECTION'],
    }),
    ...[6, 7, 8, 9, 10].map((seq) => alert(seq, { source_ip: `192.0.2.${seq}`, threat_score: 0.8 })),
  ];
  const webhook = sink({ format: 'text', link: 'https://vigil.example/' });
  expect(await webhook.publish(alerts.slice(0, 2), alertOrder(alerts))).toBe(10);
  expect(received.map(textIn)).toEqual([
    [
      'Vigil: 9 HIGH and 1 MEDIUM alerts from 7 addresses',
      '• `203.0.113.9`: 4 HIGH (SQL_INJECTION 3, XSS 1), such as `GET /worst`',
      ...[6, 7, 8, 9].map((last) => `• \`192.0.2.${last}\`: 1 HIGH (UNCLASSIFIED 1), such as \`GET /\``),
      '• and 2 more',
      'https://vigil.example/',
    ].join('\n'),
  ]);
  expect(received[0]!.headers['webhook-id']).toBe(`alerts_${alerts[0]!.id}_10`);
});

it('shows of each address the first request with its highest score, cut within no character', async () => {
  const { received, sink } = await receiver();
  const long = `/${'x'.repeat(94)}\u{1f600}${'y'.repeat(100)}`;
  const alerts = ['/less', long, '/later'].map((path, index) =>
    alert(index + 1, { request_path: path, threat_score: index === 0 ? 0.8 : 0.9 }),
  );
  await sink({ format: 'text' }).publish(alerts, alertOrder());
  expect(textIn(received[0]!)).toContain(`such as \`GET /${'x'.repeat(94)}\ufffd…\``);
});

it('does what its variables say', async () => {
  const { received, url } = await receiver();
  const key = Buffer.alloc(32, 7);
  const config = loadConfig(z.object(webhookFields), {
    WEBHOOK_URL: url,
    WEBHOOK_FORMAT: 'text',
    WEBHOOK_HEADERS: 'Authorization: Bearer abc\nUser-Agent: watch',
    WEBHOOK_SECRET: `whsec_${key.toString('base64')}`,
    WEBHOOK_SEVERITY_MIN: 'HIGH',
    WEBHOOK_LINK: 'https://vigil.example/',
  });
  await webhookSinks(config)[0]!.publish([alert(1, { severity: 'MEDIUM' }), alert(2)], alertOrder());
  const { headers, body } = received[0]!;
  expect(textIn(received[0]!)).toMatch(/^Vigil: 1 HIGH alert from one address\n.*\nhttps:\/\/vigil\.example\/$/);
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers as Record<string, string>;
  expect(headers['webhook-signature']).toBe(signatureOf(key, id!, Number(timestamp), body));
  expect(headers).toMatchObject({ authorization: 'Bearer abc', 'user-agent': 'watch' });
});

it('makes neither a mention nor a link of what attackers send to people', async () => {
  const { received, sink } = await receiver();
  const path = '/`@channel` <!here> <https://evil.example|log in>&\u202e\nVigil: all is well';
  await sink({ format: 'text' }).publish([alert(1, { request_path: path })], alertOrder());
  expect(textIn(received[0]!).split('\n')).toEqual([
    'Vigil: 1 HIGH alert from one address',
    "• `192.0.2.1`: 1 HIGH (UNCLASSIFIED 1), such as `GET /'@channel' &lt;!here&gt; &lt;https://evil.example|log in&gt;&amp;\\u{202e}\\u{a}Vigil: all is well`",
  ]);
});

it('keeps the memory of a summary bounded, whatever number of addresses attack', async () => {
  const { received, sink } = await receiver();
  const alerts = Array.from({ length: 2_100 }, (_, index) =>
    alert(index + 1, { source_ip: `2001:db8:0:${index.toString(16)}::1` }),
  );
  await sink({ format: 'text' }).publish(alerts, alertOrder());
  expect(textIn(received[0]!)).toMatch(/^Vigil: 2100 HIGH alerts from more than 2000 addresses\n/);
});

it('tells of the addresses of one IPv6 network as one, which could hide among themselves', async () => {
  const { received, sink } = await receiver();
  const alerts = [
    ...Array.from({ length: 10 }, (_, index) => alert(index + 1, { source_ip: `2001:db8::${index}` })),
    alert(11, { source_ip: '2001:db8:0:1::1' }),
    alert(12, { source_ip: '::ffff:192.0.2.7' }),
    alert(13, { source_ip: '192.0.2.7' }),
  ];
  await sink({ format: 'text' }).publish(alerts, alertOrder());
  expect(textIn(received[0]!).split('\n')).toEqual([
    'Vigil: 13 HIGH alerts from 3 addresses',
    '• `2001:db8:0:0::/64`: 10 HIGH (UNCLASSIFIED 10), such as `GET /`',
    '• `192.0.2.7`: 2 HIGH (UNCLASSIFIED 2), such as `GET /`',
    '• `2001:db8:0:1::1`: 1 HIGH (UNCLASSIFIED 1), such as `GET /`',
  ]);
});

it('names who sends HIGH alerts, whatever number of addresses sent MEDIUM ones before', async () => {
  const { received, sink } = await receiver();
  const alerts = [
    alert(1, { source_ip: '203.0.113.8' }),
    ...Array.from({ length: 2_100 }, (_, index) =>
      alert(index + 2, { source_ip: `10.0.${index >> 8}.${index & 255}`, severity: 'MEDIUM' }),
    ),
    alert(2_102, { source_ip: '203.0.113.9' }),
  ];
  await sink({ format: 'text' }).publish(alerts, alertOrder());
  expect(textIn(received[0]!).split('\n').slice(0, 3)).toEqual([
    'Vigil: 2 HIGH and 2100 MEDIUM alerts from more than 2000 addresses',
    '• `203.0.113.8`: 1 HIGH (UNCLASSIFIED 1), such as `GET /`',
    '• `203.0.113.9`: 1 HIGH (UNCLASSIFIED 1), such as `GET /`',
  ]);
});
