import { Counter, Gauge, type Registry } from '@vigil/shared/metrics/metrics';

const TRANSPORTS = ['websocket', 'sse'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export type StreamMetrics = ReturnType<typeof createStreamMetrics>;

/** What the gateway counts. */
export function createStreamMetrics(registry: Registry) {
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const clients = new Gauge({
    name: 'vigil_gateway_clients',
    help: 'Connected stream clients.',
    labelNames: ['transport'] as const,
    registers,
  });
  // Where nobody has listened yet there are none, and not no answer.
  for (const transport of TRANSPORTS) clients.set({ transport }, 0);
  return {
    clients,
    heard: counter('vigil_gateway_alerts_heard_total', 'Alerts that the bus brought, repeats included.'),
    filled: counter('vigil_gateway_alerts_filled_total', 'Alerts that the bus lost and PostgreSQL gave.'),
    passedOn: counter('vigil_gateway_alerts_total', 'Alerts passed on, each once.'),
    gaps: counter('vigil_gateway_gaps_total', 'Runs of alerts that nobody can have any more.'),
    unknownSeqs: counter('vigil_gateway_unknown_seqs_total', 'Alerts on the bus that PostgreSQL never had; dropped.'),
    replayed: counter('vigil_gateway_alerts_replayed_total', 'Alerts read for clients that resumed.'),
    delivered: counter('vigil_gateway_messages_total', 'Messages handed to clients.'),
    refused: new Counter({
      name: 'vigil_gateway_refused_total',
      help: 'Requests and connections refused, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    closed: new Counter({
      name: 'vigil_gateway_closed_total',
      help: 'Stream connections that the gateway closed, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
  };
}
