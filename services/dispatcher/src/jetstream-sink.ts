import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, nanos, type NatsConnection } from '@nats-io/transport-node';
import type { Alert } from '@vigil/shared/contracts';
import type { AlertOrder, AlertSink } from './alert-sink.ts';
import { natsOptionsOf } from './nats-options.ts';

/** Subjects are `vigil.alerts.medium` and `vigil.alerts.high`. */
const SUBJECT_PREFIX = 'vigil.alerts';

/** Carries the alert's `seq`: after a failure the stream's last message says how far it got. */
const SEQ_HEADER = 'Vigil-Seq';
/** Carries the event's id, as JetStream has it. */
const ID_HEADER = 'Nats-Msg-Id';

/** Catches repeats by `Nats-Msg-Id`; longer outages are covered by `Vigil-Seq`, whatever their length. */
const DUPLICATE_WINDOW_MINUTES = 10;

const MINUTE_MS = 60_000;

/** A server that vanished is given up when it leaves the second ping unanswered; every two minutes, as by default, is late for alerts. */
const PING_INTERVAL_MS = 10_000;

export interface JetStreamOptions {
  url: string;
  stream: string;
  maxAgeHours: number;
  replicas: number;
  pingIntervalMs?: number;
}

/**
 * PostgreSQL was taken back to an earlier time and gives the same numbers again: what it gives up to the stream's last one would be
 * taken for published.
 */
class StreamAheadError extends Error {
  override readonly name = 'StreamAheadError';

  constructor(stream: string, seq: number) {
    super(
      `the stream ${stream} ends with an alert that PostgreSQL does not have under its seq ${seq}: it was taken back to an earlier time; purge the stream (see "Back up and restore" in docs/operations.md)`,
    );
  }
}

/** How far the stream got. */
interface Place {
  seq: number;
  /** Id of its last message, where this process put it there. */
  id: string | undefined;
}

/**
 * Tells JetStream, each alert once and in order: `Nats-Msg-Id` is the event's id, before anything is published after a start or a
 * failure the stream's last message is asked for its `seq`, and each message demands to follow the one before it. So one that is
 * refused keeps back those behind it, and a relay that does not know yet that another one leads adds nothing.
 * The connection is made when first needed and made again for ever.
 */
export function createJetStreamSink(options: JetStreamOptions): AlertSink {
  let connection: NatsConnection | undefined;
  let client: { js: JetStreamClient; manager: JetStreamManager } | undefined;
  /** Unknown after a failure, and to another leader of the relay. */
  let place: Place | undefined;
  let placeIn: AlertOrder | undefined;

  const open = async (): Promise<{ js: JetStreamClient; manager: JetStreamManager }> => {
    if (client !== undefined) return client;
    // The client comes back by itself, but ends for good when it was not let in twice.
    if (connection?.isClosed() === true) connection = undefined;
    connection ??= await connect({
      ...natsOptionsOf(options.url),
      name: 'vigil-dispatcher',
      maxReconnectAttempts: -1,
      timeout: 5_000,
      pingInterval: options.pingIntervalMs ?? PING_INTERVAL_MS,
      // A stack kept for each message in case it fails would cost more than the message.
      noAsyncTraces: true,
    });
    const manager = await jetstreamManager(connection);
    await ensureStream(manager, options);
    client = { js: jetstream(connection), manager };
    return client;
  };

  return {
    name: 'jetstream',
    publish: async (alerts, order) => {
      try {
        const { js, manager } = await open();
        if (placeIn !== order) place = undefined;
        placeIn = order;
        place ??= await placeOf(manager, options.stream, order);
        const { seq: after, id: lastId } = place;
        const fresh = alerts.filter((alert) => alert.seq > after);
        await Promise.all(fresh.map((alert, index) => publishOne(js, alert, fresh[index - 1]?.id ?? lastId)));
        place = { seq: Math.max(after, alerts.at(-1)?.seq ?? 0), id: fresh.at(-1)?.id ?? lastId };
      } catch (error) {
        place = undefined;
        // A stream may have been deleted meanwhile: the next try looks again.
        client = undefined;
        throw error;
      }
    },
    close: async () => {
      await connection?.close();
    },
  };
}

/** @param afterId what must be the stream's last message; undefined where the server may have forgotten its id */
async function publishOne(js: JetStreamClient, alert: Alert, afterId: string | undefined): Promise<void> {
  const messageHeaders = headers();
  messageHeaders.set(SEQ_HEADER, String(alert.seq));
  if (alert.traceparent !== undefined) messageHeaders.set('traceparent', alert.traceparent);
  await js.publish(`${SUBJECT_PREFIX}.${alert.severity.toLowerCase()}`, JSON.stringify(alert), {
    msgID: alert.id,
    headers: messageHeaders,
    timeout: 5_000,
    ...(afterId === undefined ? {} : { expect: { lastMsgID: afterId } }),
  });
}

async function ensureStream(manager: JetStreamManager, options: JetStreamOptions): Promise<void> {
  const config = {
    subjects: [`${SUBJECT_PREFIX}.*`],
    max_age: nanos(options.maxAgeHours * 60 * MINUTE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MINUTES * MINUTE_MS),
    num_replicas: options.replicas,
  };
  try {
    await manager.streams.info(options.stream);
    await manager.streams.update(options.stream, config);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 10_059 && !/stream not found/i.test(String(error))) throw error;
    await manager.streams.add({ name: options.stream, ...config });
  }
}

/**
 * Where the stream ends; 0 for an empty one.
 * @throws StreamAheadError where PostgreSQL has another alert there, or has not got that far
 */
async function placeOf(manager: JetStreamManager, stream: string, order: AlertOrder): Promise<Place> {
  const { state } = await manager.streams.info(stream);
  if (state.messages === 0) return { seq: 0, id: undefined };
  const last = await manager.streams.getMessage(stream, { seq: state.last_seq });
  const seq = Number(last?.header.get(SEQ_HEADER) ?? 0);
  const id = await order.idOf(seq);
  // Retention removes alerts that were told long ago.
  const isKnown = id === undefined ? seq <= (await order.lastSeq()) : id === last?.header.get(ID_HEADER);
  if (!isKnown) throw new StreamAheadError(stream, seq);
  return { seq, id: undefined };
}
