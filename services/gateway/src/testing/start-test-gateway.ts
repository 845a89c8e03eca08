import type { AlertBus } from '@vigil/shared/bus/alert-bus';
import { hashApiKey, type ApiKey } from '@vigil/shared/auth/api-keys';
import { createKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { createHttpServer, listen } from '@vigil/shared/http/http-server';
import { publicHealthRoutes } from '@vigil/shared/http/ops-routes';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { Registry } from '@vigil/shared/metrics/metrics';
import type { Database } from '@vigil/shared/storage/database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { gatewaySettings, type GatewaySettings } from '../config.ts';
import { startGateway, type Gateway } from '../service.ts';

export const ADMIN_KEY = 'test-admin-key-0123456789';
export const READ_KEY = 'test-read-key-0123456789';
export const STREAM_KEY = 'test-stream-key-0123456789';
const KEYS: ApiKey[] = [
  { name: 'admin', scopes: ['admin'], sha256: hashApiKey(ADMIN_KEY) },
  { name: 'reader', scopes: ['read'], sha256: hashApiKey(READ_KEY) },
  { name: 'listener', scopes: ['stream'], sha256: hashApiKey(STREAM_KEY) },
];

export interface TestGateway {
  gateway: Gateway;
  /** `http://127.0.0.1:…` */
  url: string;
  /** `ws://127.0.0.1:…/ws/alerts` */
  wsUrl: string;
  registry: Registry;
  readiness: Readiness;
  stop(): Promise<void>;
}

/** A gateway on a real HTTP server with generous limits, unless told otherwise. */
export async function startTestGateway(
  database: Database,
  bus: AlertBus,
  settings: Partial<GatewaySettings> = {},
  { port = 0, stallMaxMs, accessCheckMs }: { port?: number; stallMaxMs?: number; accessCheckMs?: number } = {},
): Promise<TestGateway> {
  const log = testLogger();
  const lifecycle = new Lifecycle(log, 10_000);
  const readiness = new Readiness();
  const registry = new Registry();
  lifecycle.onStop('intake', 'readiness', () => readiness.drain());
  const verifyKey = createKeyVerifier({ static: KEYS, database });
  const config = gatewaySettings({
    WS_CONNECTS_PER_SECOND_MAX: 100_000,
    WS_CONNECTIONS_PER_IP_MAX: 20_000,
    REQUESTS_PER_MINUTE_MAX: 1_000_000,
    WS_DRAIN_MS: 100,
    ...settings,
  });
  const gateway = await startGateway({
    config,
    database,
    bus,
    registry,
    readiness,
    lifecycle,
    log,
    verifyKey,
    accessCheckMs,
  });
  const app = createHttpServer({
    log,
    trustProxy: config.TRUSTED_PROXIES,
    streams: gateway.streams,
    ...(stallMaxMs === undefined ? {} : { stallMaxMs }),
  });
  publicHealthRoutes(app, readiness);
  gateway.routes(app);
  gateway.attachWebSocket(app.server);
  const url = await listen(app, lifecycle, '127.0.0.1', port);
  const stop = async (): Promise<void> => void (await lifecycle.stop('test'));
  return { gateway, url, wsUrl: `${url.replace('http', 'ws')}/ws/alerts`, registry, readiness, stop };
}
