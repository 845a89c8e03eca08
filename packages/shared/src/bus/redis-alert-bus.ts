import type { Redis } from 'ioredis';
import { alertJson } from '../alerts/alert-json.ts';
import { alertSchema, type Alert } from '../contracts/alert.ts';
import { connectRedis, SILENCE_MAX_MS } from '../redis/connect-redis.ts';
import { DEFAULT_QUEUE_PREFIX } from '../redis/queue-prefix.ts';
import { readJson } from '../redis/read-json.ts';
import { readyWithin } from '../redis/ready-within.ts';
import type { AlertBus, AlertListener } from './alert-bus.ts';
import { alertsChannel } from './alerts-channel.ts';

/** A command for each message, with an answer and a promise of its own, would cost the publisher three times as much. */
const PUBLISH_SCRIPT = `for i = 2, #ARGV do redis.call('publish', ARGV[1], ARGV[i]) end`;

/**
 * Alert bus on Redis pub/sub: one message per alert on the channel `alerts`, in the seed's JSON, so that anything that speaks Redis
 * can listen; a group goes out in one script call.
 * @param options.prefix that of the queues; another than the default gives the channel its name, too
 */
export function createRedisAlertBus(
  url: string,
  { prefix = DEFAULT_QUEUE_PREFIX, silenceMaxMs = SILENCE_MAX_MS }: { prefix?: string; silenceMaxMs?: number } = {},
): AlertBus {
  const channel = alertsChannel(prefix);
  const publisher = connectRedis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  publisher.defineCommand('publishAll', { lua: PUBLISH_SCRIPT, numberOfKeys: 0 });
  const scripts = publisher as Redis & { publishAll: (channel: string, ...messages: string[]) => Promise<null> };
  const subscribers = new Set<() => void>();
  return {
    publish: async (alerts) => {
      if (alerts.length === 0) return;
      await readyWithin(publisher);
      await scripts.publishAll(channel, ...alerts.map(alertJson));
    },
    subscribe: async (listener) => {
      const redis = connectRedis(url, { maxRetriesPerRequest: null, socketTimeout: silenceMaxMs });
      // A connection that only listens cannot tell a Redis that has vanished from one that has nothing to say.
      const pings = setInterval(() => {
        if (redis.status === 'ready') redis.ping().catch(() => undefined);
      }, silenceMaxMs / 2);
      // Nothing says that it has ended where it waits to come back.
      const end = (): void => {
        clearInterval(pings);
        subscribers.delete(end);
        redis.disconnect();
      };
      subscribers.add(end);
      const delivery = deliverInGroups(redis, listener);
      await redis.subscribe(channel);
      // ioredis subscribes again by itself after a reconnect; what was published meanwhile is lost, and the listener must know.
      redis.on('ready', () => listener.onReconnect?.());
      return {
        close: async () => {
          delivery.stop();
          end();
        },
      };
    },
    ping: async () => {
      await readyWithin(publisher);
      await publisher.ping();
    },
    close: async () => {
      publisher.disconnect();
      for (const end of subscribers) end();
    },
  };
}

/** Messages that arrive in one turn of the event loop are handed on as one group. */
function deliverInGroups(redis: Redis, listener: AlertListener): { stop(): void } {
  let stopped = false;
  let group: Alert[] = [];
  redis.on('message', (_channel: string, text: string) => {
    const alert = readJson(text, alertSchema);
    if (alert === undefined) return;
    if (group.length === 0) {
      setImmediate(() => {
        const alerts = group;
        group = [];
        if (!stopped) listener.onAlerts(alerts);
      });
    }
    group.push(alert);
  });
  return {
    stop: () => {
      stopped = true;
    },
  };
}
