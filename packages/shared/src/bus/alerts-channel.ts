import { DEFAULT_QUEUE_PREFIX } from '../redis/queue-prefix.ts';

/** Fixed by the seed. */
const DEFAULT_CHANNEL = 'alerts';

/**
 * Redis channel of the alerts: one of its own for each Vigil that shares a Redis, since pub/sub knows neither prefixes nor database
 * numbers, and a gateway that hears another Vigil's `seq` takes it for its own.
 * @param prefix see `QUEUE_PREFIX`
 */
export function alertsChannel(prefix: string): string {
  return prefix === DEFAULT_QUEUE_PREFIX ? DEFAULT_CHANNEL : `${prefix}:${DEFAULT_CHANNEL}`;
}
