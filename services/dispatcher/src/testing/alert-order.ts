import type { Alert } from '@vigil/shared/contracts';
import type { AlertOrder } from '../sinks/alert-sink.ts';

/** Alerts that PostgreSQL gives at once, here. */
const READ_MAX = 2;

/**
 * What a leader of the relay finds in PostgreSQL.
 * @param alerts those that are kept
 */
export function alertOrder(alerts: readonly Alert[] = [], lastSeq = alerts.length): AlertOrder {
  return {
    lastSeq: async () => lastSeq,
    idOf: async (seq) => alerts.find((held) => held.seq === seq)?.id,
    read: async (after) => {
      const behind = alerts.filter(({ seq }) => seq > after).slice(0, READ_MAX);
      return { alerts: behind, lastSeq: behind.at(-1)?.seq ?? after };
    },
  };
}
