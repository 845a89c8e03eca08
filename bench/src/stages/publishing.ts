import { createJetStreamSink } from '@vigil/dispatcher/sinks/jetstream-sink';
import { alertOrder } from '@vigil/dispatcher/testing/alert-order';
import { GROUP_MAX, Relay } from '@vigil/dispatcher/relay/relay';
import type { Alert } from '@vigil/shared/contracts';
import { createLogger } from '@vigil/shared/logging/logger';
import type { Database } from '@vigil/shared/storage/database';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { secondsOf, type Stage } from './stage.ts';

/** Alerts that the relay makes of what is stored. */
export async function readAlerts(database: Database): Promise<Alert[]> {
  return database.session(async (session) => {
    const relay = new Relay(session, createLogger('bench', 'silent'));
    while ((await relay.assign(true)).more);
    const alerts: Alert[] = [];
    for (;;) {
      const group = await relay.read(alerts.at(-1)?.seq ?? 0);
      if (group.alerts.length === 0) return alerts;
      alerts.push(...group.alerts);
    }
  });
}

/** The JetStream sink: message ids, `seq`, each message after the one before it; beside bare publishes of the same payload. */
export function publishingStage(natsUrl: string, alerts: readonly Alert[]): Stage {
  return {
    name: 'publishing: in order, each once',
    limitName: 'bare JetStream, same payload',
    unit: 'events',
    count: alerts.length,
    ours: async () => {
      await removeStreams(natsUrl);
      const sink = createJetStreamSink({ url: natsUrl, stream: 'OURS', maxAgeHours: 1, replicas: 1 });
      const order = alertOrder([], alerts.length);
      try {
        // Connects and makes the stream, which a service does once.
        await sink.publish([], order);
        return await secondsOf(async () => {
          for (const group of groups(alerts)) await sink.publish(group, order);
        });
      } finally {
        await sink.close();
      }
    },
    limit: () => publishBare(natsUrl, alerts),
  };
}

async function publishBare(url: string, alerts: readonly Alert[]): Promise<number> {
  await removeStreams(url);
  const connection = await connect({ servers: url, noAsyncTraces: true });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'BARE', subjects: ['bare.*'] });
    const js = jetstream(connection);
    return await secondsOf(async () => {
      for (const group of groups(alerts))
        await Promise.all(
          group.map((alert) => js.publish(`bare.${alert.severity.toLowerCase()}`, JSON.stringify(alert))),
        );
    });
  } finally {
    await connection.close();
  }
}

async function removeStreams(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    for await (const name of manager.streams.names()) await manager.streams.delete(name);
  } finally {
    await connection.close();
  }
}

function* groups(alerts: readonly Alert[]): Generator<readonly Alert[]> {
  for (let from = 0; from < alerts.length; from += GROUP_MAX) yield alerts.slice(from, from + GROUP_MAX);
}
