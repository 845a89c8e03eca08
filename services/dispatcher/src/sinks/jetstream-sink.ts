import {
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { connect, headers, nanos, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { alertJson } from '@vigil/shared/alerts/alert-json';
import type { Alert } from '@vigil/shared/contracts';
import type { AlertOrder, AlertSink } from './alert-sink.ts';
import { natsOptionsOf } from './nats-options.ts';

/** Subjects are `vigil.alerts.medium` and `vigil.alerts.high`. */
const SUBJECT_PREFIX = 'vigil.alerts';
const SUBJECTS = `${SUBJECT_PREFIX}.*`;

/** Carries the alert's `seq`: after a failure the stream's last message says how far it got. */
const SEQ_HEADER = 'Vigil-Seq';
/** Carries the event's id, as JetStream has it. */
const ID_HEADER = 'Nats-Msg-Id';
/** Carries the id of what must be the stream's last message. */
const AFTER_HEADER = 'Nats-Expected-Last-Msg-Id';

/** What JetStream says to a message that does not follow the one that it demands to follow. The client has no name for it. */
const WRONG_LAST_MESSAGE = 10_070;

/** Catches repeats by `Nats-Msg-Id`; longer outages are covered by `Vigil-Seq`, whatever their length. */
const DUPLICATE_WINDOW_MINUTES = 10;

const MINUTE_MS = 60_000;

const ACK_TIMEOUT_MS = 5_000;

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

/** The parts of JetStream's client, over one connection. */
interface Client {
  connection: NatsConnection;
  js: JetStreamClient;
  manager: JetStreamManager;
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
 * refused keeps back those behind it, a relay that does not know yet that another one leads adds nothing, and a server that lost the
 * stream's end is noticed and told it again.
 * The connection is made when first needed, and anew where it has ended.
 */
export function createJetStreamSink(options: JetStreamOptions): AlertSink {
  let connection: NatsConnection | undefined;
  let client: Client | undefined;
  /** Unknown after a failure, and to another leader of the relay. */
  let place: Place | undefined;
  let placeIn: AlertOrder | undefined;

  const open = async (): Promise<Client> => {
    if (connection?.isClosed() === true) {
      connection = undefined;
      client = undefined;
    }
    if (client !== undefined) return client;
    connection ??= await connect({
      ...natsOptionsOf(options.url),
      name: 'vigil-dispatcher',
      // The client counts its tries by the clock: set back by an hour, it would not come back for an hour. Here each try is a new one.
      reconnect: false,
      timeout: 5_000,
      pingInterval: options.pingIntervalMs ?? PING_INTERVAL_MS,
      // Keeping a stack trace for each message, in case it fails, would cost more than the message.
      noAsyncTraces: true,
    });
    const manager = await jetstreamManager(connection);
    await ensureStream(manager, options);
    client = { connection, js: jetstream(connection), manager };
    return client;
  };

  return {
    name: 'jetstream',
    publish: async (alerts, order) => {
      try {
        const opened = await open();
        if (placeIn !== order) place = undefined;
        placeIn = order;
        const findPlace = async (): Promise<Place> => {
          const found = await placeOf(opened.manager, options.stream, order);
          return tellLost(opened, order, found, (alerts[0]?.seq ?? 0) - 1);
        };
        place ??= await findPlace();
        const { seq: after, id: lastId } = place;
        const fresh = alerts.filter((alert) => alert.seq > after);
        try {
          await publishAll(opened, fresh, lastId);
          place = { seq: Math.max(after, alerts.at(-1)?.seq ?? 0), id: fresh.at(-1)?.id ?? lastId };
        } catch (error) {
          if (!isApiError(error, WRONG_LAST_MESSAGE)) throw error;
          // It says that some message before the last is missing, but not why.
          const { seq, id } = await findPlace();
          const missing = alerts.filter((alert) => alert.seq > seq);
          place = {
            seq: Math.max(seq, alerts.at(-1)?.seq ?? 0),
            id: await publishOneByOne(opened, missing, id),
          };
        }
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

/**
 * Resolves when all are in the stream, which the last one's acknowledgement says of all of them: it is there only if the one before it
 * was the stream's last message, and so on. To wait for each one's costs more than to send it.
 * @param afterId what must be the stream's last message; undefined where the server may have forgotten its id
 */
async function publishAll(
  { connection, js }: Client,
  alerts: readonly Alert[],
  afterId: string | undefined,
): Promise<void> {
  for (const [index, alert] of alerts.entries()) {
    const { subject, payload, ...options } = messageOf(alert, alerts[index - 1]?.id ?? afterId);
    if (index < alerts.length - 1) connection.publish(subject, payload, options);
    else await js.publish(subject, payload, { ...options, timeout: ACK_TIMEOUT_MS });
  }
}

/**
 * Publishes again what the stream had and lost: NATS acknowledges before it syncs to disk, so that a power cut may cost it minutes of
 * alerts that the relay's cursor is past. A stream without any alert was more likely emptied by somebody, and stays empty.
 * @param until the last `seq` that was told before
 */
async function tellLost(client: Client, order: AlertOrder, place: Place, until: number): Promise<Place> {
  let { seq, id } = place;
  while (seq > 0 && seq < until) {
    const { alerts, lastSeq } = await order.read(seq);
    const lost = alerts.filter((alert) => alert.seq <= until);
    id = await publishOneByOne(client, lost, id);
    seq = lastSeq === seq ? until : Math.min(lastSeq, until);
  }
  return { seq, id };
}

/**
 * Waits for each one's acknowledgement, so that it is known what keeps one out. An alert whose id JetStream already has is left out:
 * pushing other lines under an earlier `batch_id` makes such alerts.
 * @returns id of the stream's last message, where it is known
 */
async function publishOneByOne(
  { js }: Client,
  alerts: readonly Alert[],
  afterId: string | undefined,
): Promise<string | undefined> {
  let lastId = afterId;
  for (const alert of alerts) {
    const { subject, payload, ...options } = messageOf(alert, lastId);
    const { duplicate } = await js.publish(subject, payload, { ...options, timeout: ACK_TIMEOUT_MS });
    if (!duplicate) lastId = alert.id;
  }
  return lastId;
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

function messageOf(alert: Alert, afterId: string | undefined): { subject: string; payload: string; headers: MsgHdrs } {
  const messageHeaders = headers();
  messageHeaders.append(ID_HEADER, alert.id);
  messageHeaders.append(SEQ_HEADER, String(alert.seq));
  if (afterId !== undefined) messageHeaders.append(AFTER_HEADER, afterId);
  if (alert.traceparent !== undefined) messageHeaders.append('traceparent', alert.traceparent);
  return {
    subject: `${SUBJECT_PREFIX}.${alert.severity.toLowerCase()}`,
    payload: alertJson(alert),
    headers: messageHeaders,
  };
}

async function ensureStream(manager: JetStreamManager, options: JetStreamOptions): Promise<void> {
  const config = {
    max_age: nanos(options.maxAgeHours * 60 * MINUTE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MINUTES * MINUTE_MS),
    num_replicas: options.replicas,
  };
  try {
    const { config: held } = await manager.streams.info(options.stream);
    await manager.streams.update(options.stream, { ...config, subjects: withOurs(held.subjects) });
  } catch (error) {
    if (!isApiError(error, JetStreamApiCodes.StreamNotFound)) throw error;
    await manager.streams.add({ name: options.stream, ...config, subjects: [SUBJECTS] });
  }
}

/** Taken from the stream, the subjects of others would be lost to them without a word. A mirror has none. */
function withOurs(subjects: readonly string[] = []): string[] {
  if (subjects.some((subject) => covers(subject.split('.'), SUBJECTS.split('.')))) return [...subjects];
  return [...subjects.filter((subject) => !covers(SUBJECTS.split('.'), subject.split('.'))), SUBJECTS];
}

/** Whether everything that one subject stands for another does, too; both by their tokens. */
function covers([wide, ...wideRest]: readonly string[], [narrow, ...narrowRest]: readonly string[]): boolean {
  if (wide === undefined || narrow === undefined) return wide === narrow;
  if (wide === '>') return true;
  return (wide === narrow || (wide === '*' && narrow !== '>')) && covers(wideRest, narrowRest);
}

/**
 * Where the stream's alerts end; 0 where it has none.
 * @throws StreamAheadError where PostgreSQL has another alert there, or has not got that far
 */
async function placeOf(manager: JetStreamManager, stream: string, order: AlertOrder): Promise<Place> {
  // Others may keep messages behind it.
  const last = await manager.streams.getMessage(stream, { last_by_subj: SUBJECTS });
  if (last === null) return { seq: 0, id: undefined };
  const seq = Number(last.header.get(SEQ_HEADER));
  const id = await order.idOf(seq);
  // Retention removes alerts that were told.
  const isKnown = id === undefined ? seq <= (await order.lastSeq()) : id === last.header.get(ID_HEADER);
  if (!isKnown) throw new StreamAheadError(stream, seq);
  return { seq, id: undefined };
}
