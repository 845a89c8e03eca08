import type { Redis } from 'ioredis';
import { alertJson } from '../alerts/alert-json.ts';
import { alertSchema, type Alert } from '../contracts/alert.ts';
import { retry } from '../lifecycle/retry.ts';
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
  const subscribers = new Set<Subscriber>();
  return {
    publish: async (alerts) => {
      if (alerts.length === 0) return;
      await readyWithin(publisher);
      await scripts.publishAll(channel, ...alerts.map(alertJson));
    },
    subscribe: async (listener) => {
      // ioredis would subscribe again by itself, and end the process where Redis refuses that.
      const redis = connectRedis(url, {
        maxRetriesPerRequest: null,
        autoResubscribe: false,
        socketTimeout: silenceMaxMs,
      });
      // A connection that only listens cannot tell a Redis that has vanished from one that has nothing to say.
      const pings = setInterval(() => {
        if (redis.status === 'ready') redis.ping().catch(() => undefined);
      }, silenceMaxMs / 2);
      const ended = new AbortController();
      const subscriber: Subscriber = {
        refusal: undefined,
        // Nothing says that it has ended where it waits to come back.
        end: () => {
          clearInterval(pings);
          subscribers.delete(subscriber);
          ended.abort();
          redis.disconnect();
        },
      };
      subscribers.add(subscriber);
      const delivery = deliverInGroups(redis, listener);
      await redis.subscribe(channel);
      const subscribeAgain = async (): Promise<void> => {
        await retry(() => redis.subscribe(channel), {
          signal: ended.signal,
          onRetry: (error) => (subscriber.refusal = error),
        });
        subscriber.refusal = undefined;
        // What was published meanwhile is lost, and the listener must know.
        listener.onReconnect?.();
      };
      redis.on('ready', () => void subscribeAgain().catch(() => undefined));
      return {
        close: async () => {
          delivery.stop();
          subscriber.end();
        },
      };
    },
    ping: async () => {
      await readyWithin(publisher);
      await publisher.ping();
      for (const { refusal } of subscribers) if (refusal !== undefined) throw refusal;
    },
    close: async () => {
      publisher.disconnect();
      for (const { end } of subscribers) end();
    },
  };
}

interface Subscriber {
  /** Why Redis does not let it listen again, as long as it does not. */
  refusal: unknown;
  end: () => void;
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
