import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import type { AlertSink } from './alert-sink.ts';

/** Tells the gateways. Subscribers know repeats by `seq`. */
export function createBusSink(bus: AlertBus): AlertSink {
  return { name: 'bus', publish: (alerts) => bus.publish(alerts), close: async () => undefined };
}
