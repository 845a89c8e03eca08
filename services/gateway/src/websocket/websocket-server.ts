import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ZodError } from 'zod';
import { ProblemError, problemResponse, unfitRequest } from '@vigil/shared/http/problem';
import type { Logger } from '@vigil/shared/logging/logger';
import { STREAM_SUBPROTOCOL, type StreamAccess, type StreamGate } from '../auth/stream-access.ts';
import { originAllowed } from '../auth/origins.ts';
import type { StreamLimits } from '../limits/stream-limits.ts';
import { clientMessageSchema, parseStreamQuery } from '../stream/stream-query.ts';
import type { StreamClients } from '../stream/stream-clients.ts';
import { Subscription, type SubscriptionOptions } from '../stream/subscription.ts';
import { WebSocketSink } from './websocket-sink.ts';

const STREAM_PATH = '/ws/alerts';

/** Messages that a client may send at once, and per second in the long run. */
const MESSAGES_BURST = 20;
const MESSAGES_PER_SECOND = 2;
/** A refusal that the peer has not taken by then is given up with its connection. */
const REFUSAL_MAX_MS = 5_000;

export interface WebSocketOptions {
  gate: StreamGate;
  limits: StreamLimits;
  clients: StreamClients;
  subscriptions: SubscriptionOptions;
  origins: readonly string[];
  messageBytesMax: number;
  addressOf: (request: IncomingMessage) => string;
  log: Logger;
}

/** Answers upgrades on `/ws/alerts`: origin, limits, credentials and query are checked before the protocol is switched. */
export function attachWebSocketServer(server: Server, options: WebSocketOptions): void {
  const upgrader = new WebSocketServer({
    noServer: true,
    maxPayload: options.messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(STREAM_SUBPROTOCOL) ? STREAM_SUBPROTOCOL : firstOf(offered)),
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    upgrade(upgrader, request, socket, head, options).catch((error: unknown) => {
      refuse(socket, problemOf(error, options.log));
    });
  });
}

/** `GET /ws/alerts` without an upgrade, which most proxies do not pass on unless they are told to. */
export function upgradeRequiredRoute(app: FastifyInstance): void {
  app.get(STREAM_PATH, async () => {
    const detail = 'This is a WebSocket, and no upgrade was asked for. A proxy must pass Connection and Upgrade on.';
    throw new ProblemError(
      { status: 426, title: 'Upgrade required', detail },
      { connection: 'upgrade', upgrade: 'websocket' },
    );
  });
}

function firstOf(offered: Set<string>): string | false {
  return offered.values().next().value ?? false;
}

async function upgrade(
  upgrader: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: WebSocketOptions,
): Promise<void> {
  const { limits } = options;
  const address = options.addressOf(request);
  const { query, access } = await limits.admitConnect(address, () => admit(request, options));
  const slot = limits.openConnection(address, access.name);
  socket.once('close', slot.close);
  if (socket.destroyed) return slot.close();
  upgrader.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, query, access, options));
}

async function admit(request: IncomingMessage, { gate, origins }: WebSocketOptions) {
  const url = URL.parse(request.url ?? '/', 'http://gateway');
  if (url === null) {
    throw new ProblemError({ status: 400, title: 'Bad request', detail: 'The address that was asked for is no URL.' });
  }
  if (url.pathname !== STREAM_PATH) {
    throw new ProblemError({ status: 404, title: 'Not found', detail: `The stream is at ${STREAM_PATH}.` });
  }
  if (!originAllowed(request.headers, origins)) {
    throw new ProblemError({ status: 403, title: 'Origin not allowed', detail: 'Add the origin to WS_ORIGINS.' });
  }
  const access = await gate.admit(request.headers, url.searchParams.get('ticket') ?? undefined);
  return { access, query: parseStreamQuery(url.searchParams) };
}

function serve(
  socket: WebSocket,
  query: ReturnType<typeof parseStreamQuery>,
  access: StreamAccess,
  options: WebSocketOptions,
): void {
  const sink = new WebSocketSink(socket);
  const subscription = new Subscription(options.subscriptions, sink, query.encoding, access.restriction);
  let alive = true;
  const checkAlive = (): void => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  };
  const { remove } = options.clients.add({ subscription, access, checkAlive }, 'websocket');
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('close', remove);
  // A protocol error closes the socket by itself.
  socket.on('error', () => undefined);
  onClientMessages(socket, subscription);
  subscription.start(query.request);
}

function onClientMessages(socket: WebSocket, subscription: Subscription): void {
  let tokens = MESSAGES_BURST;
  let atMs = performance.now();
  socket.on('message', (data: RawData) => {
    const nowMs = performance.now();
    tokens = Math.min(MESSAGES_BURST, tokens + ((nowMs - atMs) / 1_000) * MESSAGES_PER_SECOND) - 1;
    atMs = nowMs;
    if (tokens < 0) return subscription.close('too_many_messages', 5_000);
    handleMessage(data, subscription);
  });
}

function handleMessage(data: RawData, subscription: Subscription): void {
  const message = parseJson(data);
  if (message === undefined) return subscription.reject('message not understood: it is no JSON');
  const parsed = clientMessageSchema.safeParse(message);
  if (!parsed.success) {
    const { path, message: what } = parsed.error.issues[0]!;
    return subscription.reject(`message not understood: ${[path.map(String).join('.'), what].join(' ').trim()}`);
  }
  const { type: _, batch = false, after, ...filter } = parsed.data;
  subscription.change({ filter, batch, after });
}

function parseJson(data: RawData): unknown {
  try {
    return JSON.parse((data as Buffer).toString());
  } catch {
    return undefined;
  }
}

function problemOf(error: unknown, log: Logger): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof ZodError) return unfitRequest(error, 'query');
  log.error({ err: error }, 'upgrade failed');
  return new ProblemError({ status: 500, title: 'Internal error', detail: 'The service log says why.' });
}

/** Answers in plain HTTP on a socket that was to be upgraded, and closes it. */
function refuse(socket: Duplex, error: ProblemError): void {
  // The peer's half is not waited for: one that leaves it open would keep the descriptor, and hold up the stop.
  socket.once('finish', () => socket.destroy());
  const givingUp = setTimeout(() => socket.destroy(), REFUSAL_MAX_MS).unref();
  socket.once('close', () => clearTimeout(givingUp));
  socket.end(problemResponse(error.problem, error.headers));
}
