import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { startRedis } from '@vigil/dev-services/redis';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Alert } from '../contracts/alert.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { testAlert } from '../testing/alert.ts';
import type { AlertBus } from './alert-bus.ts';
import { createMemoryAlertBus } from './memory-alert-bus.ts';
import { createRedisAlertBus } from './redis-alert-bus.ts';

/** The contract of the alert bus seam, held against both sides: returns publisher and subscriber, which may be one. */
const SIDES: Record<string, () => Promise<[AlertBus, AlertBus]>> = {
  memory: async () => {
    const bus = createMemoryAlertBus();
    return [bus, bus];
  },
  redis: async () => {
    const { redisUrl } = await testServices(['redis']);
    return [createRedisAlertBus(redisUrl), createRedisAlertBus(redisUrl)];
  },
};

const opened: AlertBus[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

describe.each(Object.keys(SIDES))('alert bus, %s', (side) => {
  it('tells every subscriber every alert, whole and in order', async () => {
    const [publisher, subscriber] = await SIDES[side]!();
    opened.push(publisher, subscriber);
    const heard: Alert[][] = [[], []];
    for (const list of heard) await subscriber.subscribe({ onAlerts: (alerts) => void list.push(...alerts) });
    const alerts = Array.from({ length: 500 }, (_value, index) => alert(index + 1));
    await publisher.publish(alerts.slice(0, 300));
    await publisher.publish(alerts.slice(300));
    await publisher.publish([]);
    await waitUntil(() => heard.every((list) => list.length >= 500), {
      timeoutMs: 20_000,
      what: 'all alerts at both subscribers',
    });
    expect(heard).toEqual([alerts, alerts]);
  });

  it('tells nothing after a subscription was closed', async () => {
    const [publisher, subscriber] = await SIDES[side]!();
    opened.push(publisher, subscriber);
    const heard: Record<'closed' | 'open', number[]> = { closed: [], open: [] };
    const subscription = await subscriber.subscribe({
      onAlerts: (alerts) => void heard.closed.push(...alerts.map((a) => a.seq)),
    });
    await subscriber.subscribe({ onAlerts: (alerts) => void heard.open.push(...alerts.map((a) => a.seq)) });
    await subscription.close();
    await publisher.publish([alert(1)]);
    await waitUntil(() => heard.open.length === 1, { timeoutMs: 20_000, what: 'the alert' });
    expect(heard).toEqual({ closed: [], open: [1] });
  });
});

describe('alert bus, redis', () => {
  it('speaks the seed: one JSON object per message on the channel "alerts"', async () => {
    const { redisUrl } = await testServices(['redis']);
    const redis = connectRedis(redisUrl);
    const messages: string[] = [];
    redis.on('message', (_channel: string, text: string) => void messages.push(text));
    await redis.subscribe('alerts');
    const bus = createRedisAlertBus(redisUrl);
    opened.push(bus);
    await bus.ping();
    await bus.publish([alert(1)]);
    await waitUntil(() => messages.length === 1, { timeoutMs: 20_000, what: 'the message' });
    expect(JSON.parse(messages[0]!)).toMatchObject({
      event: 'threat',
      timestamp: '2026-03-02T10:00:00.000Z',
      source_ip: '192.0.2.1',
      request_method: 'GET',
      request_path: '/',
      threat_score: 0.9,
      severity: 'HIGH',
      component_scores: { XSS: 0.8 },
    });
    redis.disconnect();
  });

  it('keeps Vigils that share a Redis apart by the prefix of their keys', async () => {
    const { redisUrl } = await testServices(['redis']);
    const [first, second, unnamed] = [{ prefix: 'first' }, { prefix: 'second' }, {}].map((options) => {
      const bus = createRedisAlertBus(redisUrl, options);
      const heard: number[] = [];
      opened.push(bus);
      return { bus, heard, onAlerts: (alerts: readonly Alert[]) => void heard.push(...alerts.map((a) => a.seq)) };
    });
    const all = [first!, second!, unnamed!];
    for (const { bus, onAlerts } of all) await bus.subscribe({ onAlerts });
    for (const [index, { bus }] of all.entries()) await bus.publish([alert(index + 1)]);
    await waitUntil(() => all.every(({ heard }) => heard.length > 0), { timeoutMs: 20_000, what: 'an alert for each' });
    expect(all.map(({ heard }) => heard)).toEqual([[1], [2], [3]]);
  });

  it('passes over what is no alert', async () => {
    const { redisUrl } = await testServices(['redis']);
    const bus = createRedisAlertBus(redisUrl);
    const redis = connectRedis(redisUrl);
    opened.push(bus);
    const heard: Alert[] = [];
    await bus.subscribe({ onAlerts: (alerts) => void heard.push(...alerts) });
    await redis.publish('alerts', 'not JSON');
    await redis.publish('alerts', '{"event":"threat","seq":"first"}');
    await redis.publish('alerts', JSON.stringify(alert(9)));
    await waitUntil(() => heard.length > 0, { timeoutMs: 20_000, what: 'an alert after the reconnect' });
    expect(heard).toEqual([alert(9)]);
    redis.disconnect();
  });

  it('says when it may have missed alerts', async () => {
    const { redisUrl } = await testServices(['redis']);
    const bus = createRedisAlertBus(redisUrl);
    const redis = connectRedis(redisUrl);
    opened.push(bus);
    let reconnected = 0;
    await bus.subscribe({ onAlerts: () => undefined, onReconnect: () => (reconnected += 1) });
    expect(reconnected).toBe(0);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await waitUntil(() => reconnected === 1, { timeoutMs: 20_000, what: 'the reconnect' });
    redis.disconnect();
  });

  it('says that it may listen no more, and listens again once it may', async () => {
    const redis = await startRedis();
    const admin = connectRedis(redis.url);
    const bus = createRedisAlertBus(redis.url);
    opened.push(bus);
    onTestFinished(async () => {
      admin.disconnect();
      await bus.close();
      await redis.stop();
    });
    let reconnected = 0;
    const heard: Alert[] = [];
    await bus.subscribe({ onAlerts: (alerts) => void heard.push(...alerts), onReconnect: () => (reconnected += 1) });
    await bus.ping();
    // What a Redis 7 lets its users do with channels by default: nothing.
    await admin.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const trouble = (): Promise<unknown> => bus.ping().catch((error: unknown) => error);
    await waitUntil(async () => /NOPERM/.test(String(await trouble())), { timeoutMs: 20_000, what: 'the refusal' });
    expect(reconnected).toBe(0);
    await admin.call('ACL', 'SETUSER', 'default', 'allchannels');
    await waitUntil(() => reconnected > 0, { timeoutMs: 20_000, what: 'the subscription' });
    await bus.ping();
    await bus.publish([alert(1)]);
    await waitUntil(() => heard.length > 0, { timeoutMs: 20_000, what: 'the alert' });
  });

  it('hears again where its connection has vanished while nothing was told', async () => {
    const { redisUrl } = await testServices(['redis']);
    const proxy = await startFreezableProxy(redisUrl);
    const bus = createRedisAlertBus(redisUrl);
    const behind = createRedisAlertBus(proxy.url, { silenceMaxMs: 1_000 });
    opened.push(bus, behind);
    let reconnected = 0;
    const heard: Alert[] = [];
    await behind.subscribe({
      onAlerts: (alerts) => void heard.push(...alerts),
      onReconnect: () => (reconnected += 1),
    });
    proxy.freeze();
    proxy.thaw();
    await waitUntil(() => reconnected > 0, { timeoutMs: 20_000, what: 'the reconnect' });
    await waitUntil(() => bus.publish([alert(1)]).then(() => heard.length > 0), {
      timeoutMs: 20_000,
      what: 'an alert',
    });
    expect(heard[0]).toEqual(alert(1));
    await behind.close();
    await proxy.close();
  });

  it.each([
    ['connects', 0],
    ['waits to connect again', 200],
  ])('leaves nothing behind where it is closed while Redis is away and it %s', async (_what, closedAfterMs) => {
    const program = `
      import { createRedisAlertBus } from ${JSON.stringify(import.meta.resolve('./redis-alert-bus.ts'))};
      const bus = createRedisAlertBus('redis://127.0.0.1:1');
      // Refused where it is closed while it connects, which on a busy machine it may be later, too.
      bus.subscribe({ onAlerts: () => undefined }).catch(() => undefined);
      setTimeout(() => bus.close(), ${closedAfterMs});`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
    onTestFinished(() => void child.kill());
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('rejects while Redis is away, so that the caller can try again', async () => {
    const bus = createRedisAlertBus('redis://127.0.0.1:1');
    opened.push(bus);
    await expect(bus.publish([alert(1)])).rejects.toThrow('Redis has not answered');
  });
});

function alert(seq: number): Alert {
  return testAlert({ seq, component_scores: { XSS: 0.8 }, matched_rules: ['xss'], classes: ['XSS'] });
}
