import type { AlertBus, AlertListener } from './alert-bus.ts';

/** Alert bus within one process (embedded mode). Listeners are called before `publish` resolves. */
export function createMemoryAlertBus(): AlertBus {
  const listeners = new Set<AlertListener>();
  return {
    publish: async (alerts) => {
      if (alerts.length > 0) for (const listener of listeners) listener.onAlerts(alerts);
    },
    subscribe: async (listener) => {
      listeners.add(listener);
      return { close: async () => void listeners.delete(listener) };
    },
    ping: async () => undefined,
    close: async () => listeners.clear(),
  };
}
