import type { Server } from 'node:http';
import { setInterval } from 'node:timers';
import type { FastifyInstance } from 'fastify';
import type { KeyVerifier } from '@vigil/shared/auth/authenticate';
import type { RevocableKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { RequestLimit } from '@vigil/shared/auth/request-limit';
import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import { clientAddressOf } from '@vigil/shared/http/client-address';
import type { ConnectionBounds } from '@vigil/shared/http/open-connections';
import type { Readiness } from '@vigil/shared/http/readiness';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { LoopTurns } from '@vigil/shared/lifecycle/loop-turns';
import type { Logger } from '@vigil/shared/logging/logger';
import type { Registry } from '@vigil/shared/metrics/metrics';
import type { Database } from '@vigil/shared/storage/database';
import { StreamGate } from './auth/stream-access.ts';
import { createTokenVerifier } from './auth/stream-tokens.ts';
import { Tickets } from './auth/tickets.ts';
import type { GatewaySettings } from './config.ts';
import { CONSOLE_DIR, consoleRoutes } from './console/console-routes.ts';
import { StreamLimits } from './limits/stream-limits.ts';
import { Api } from './rest/api.ts';
import { docsRoutes } from './rest/docs-routes.ts';
import { exportRoutes } from './rest/export-routes.ts';
import { metricsRoutes } from './rest/metrics-routes.ts';
import { modelsRoutes } from './rest/models-routes.ts';
import type { PipelineProviders } from './rest/pipeline-status.ts';
import { rulesRoutes } from './rest/rules-routes.ts';
import { sourceRoutes } from './rest/source-routes.ts';
import { statsRoutes } from './rest/stats-routes.ts';
import { threatRoutes } from './rest/threat-routes.ts';
import { ticketRoutes } from './rest/ticket-routes.ts';
import { timelineRoutes } from './rest/timeline-routes.ts';
import { sseRoutes } from './sse/sse-routes.ts';
import { AlertHub } from './stream/alert-hub.ts';
import { createAlertStore } from './stream/alert-store.ts';
import { ReplayReader } from './stream/replay-reader.ts';
import { StreamClients } from './stream/stream-clients.ts';
import { createStreamMetrics } from './stream/stream-metrics.ts';
import type { SubscriptionOptions } from './stream/subscription.ts';
import { attachWebSocketServer, upgradeRequiredRoute } from './websocket/websocket-server.ts';

export interface GatewayOptions {
  config: GatewaySettings;
  database: Database;
  bus: AlertBus;
  registry: Registry;
  readiness: Readiness;
  lifecycle: Lifecycle;
  log: Logger;
  verifyKey: KeyVerifier & Partial<RevocableKeyVerifier>;
  /** What the composition knows of rules, scorers and queues. */
  pipeline?: PipelineProviders;
  /** How often keys and tokens of open streams are looked at. */
  accessCheckMs?: number | undefined;
}

export interface Gateway {
  /** REST, server-sent events, `/metrics` (with a key), `/docs` and the console. `/health` and `/ready` are the composition's. */
  routes(app: FastifyInstance): void;
  /** `/ws/alerts` on the server that the routes are on. */
  attachWebSocket(server: Server): void;
  /** Connected stream clients. */
  clients(): number;
  /** How many of them there may be. */
  streams: ConnectionBounds;
}

/** Starts listening for alerts; resolves when those stored are known. Stops with the lifecycle. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, database, bus, registry, readiness, lifecycle, log, verifyKey } = options;
  const metrics = createStreamMetrics(registry);
  const store = createAlertStore(database);
  const hub = new AlertHub({ bus, store, lifecycle, log, metrics, recentAlertsMax: config.RECENT_ALERTS_MAX });
  const clients = new StreamClients(metrics);
  const limits = new StreamLimits(config, metrics);
  const tickets = new Tickets(config.TICKET_SECRET);
  const gate = new StreamGate(verifyKey, createTokenVerifier(config), tickets);
  const subscriptions: SubscriptionOptions = {
    hub,
    replay: new ReplayReader(store, hub),
    turns: new LoopTurns(),
    metrics,
    bufferBytesMax: config.WS_BUFFER_BYTES_MAX,
    replayAlertsMax: config.REPLAY_ALERTS_MAX,
    pingIntervalMs: config.WS_PING_INTERVAL_MS,
  };

  lifecycle.onStop('intake', 'new stream clients', () => limits.shut());
  lifecycle.onStop('drain', 'stream clients', () => clients.drain(config.WS_DRAIN_MS));
  readiness.require('postgres', () => database.ping());
  readiness.require('alert bus', () => bus.ping());
  const pinging = setInterval(() => {
    hub.announceCursors();
    clients.checkAlive();
  }, config.WS_PING_INTERVAL_MS);
  lifecycle.onStop('flush', 'pings', () => clearInterval(pinging));
  void clients.watchAccess(lifecycle.signal, options.accessCheckMs);
  await hub.start();

  const requests = new RequestLimit({
    perMinuteMax: config.REQUESTS_PER_MINUTE_MAX,
    verifyKey,
    onRefused: () => metrics.refused.inc({ reason: 'request_rate' }),
  });
  const api = new Api();
  threatRoutes(api, database);
  exportRoutes(api, database, { signal: lifecycle.signal });
  statsRoutes(api, database);
  timelineRoutes(api, database);
  sourceRoutes(api, database);
  modelsRoutes(api, database, options.pipeline ?? {}, log);
  rulesRoutes(api, options.pipeline ?? {}, log);
  ticketRoutes(api, tickets);
  metricsRoutes(api, registry);

  return {
    routes: (app) => {
      api.mount(app, requests);
      docsRoutes(app, api);
      consoleRoutes(app, config.CONSOLE_DIR ?? CONSOLE_DIR);
      upgradeRequiredRoute(app);
      sseRoutes(app, { gate, limits, clients, subscriptions });
    },
    attachWebSocket: (server) =>
      attachWebSocketServer(server, {
        gate,
        limits,
        clients,
        subscriptions,
        origins: config.WS_ORIGINS,
        messageBytesMax: config.WS_MESSAGE_BYTES_MAX,
        addressOf: clientAddressOf(config.TRUSTED_PROXIES),
        log,
      }),
    clients: () => clients.size,
    streams: { max: config.WS_CONNECTIONS_MAX, perPeerMax: config.WS_CONNECTIONS_PER_IP_MAX },
  };
}
