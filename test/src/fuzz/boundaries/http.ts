import { gzipSync } from 'node:zlib';
import { startTestGateway, ADMIN_KEY } from '@vigil/gateway/testing/start-test-gateway';
import { pushRoutes } from '@vigil/ingestor/push/push-routes';
import { createIngestMetrics } from '@vigil/ingestor/metrics';
import { MemoryProducer } from '@vigil/ingestor/testing/memory-producer';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { lineBatchSchema } from '@vigil/shared/contracts';
import { createHttpServer } from '@vigil/shared/http/http-server';
import { RequestLimit } from '@vigil/shared/http/request-limit';
import { createLogger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { migrate, openDatabase } from '@vigil/shared/storage/database';
import { WebSocket } from 'ws';
import type { Random } from '../../chaos/random.ts';
import { must, type Boundary } from '../boundary.ts';
import { mutate, mutateValue, noise } from '../mutate.ts';

const PUSH = { lines: ['a line', '', 'another'], source: 'fuzz', batch_id: 'b-1', format: 'combined' };

/** Bodies of `POST /ingest/batch`, through the real route with its limits; the queue is a list. */
export function pushBodies(): Boundary {
  const producer = new MemoryProducer();
  const registry = new Registry();
  const metrics = createIngestMetrics(registry);
  const app = createHttpServer({ log: createLogger('fuzz', 'silent'), bodyBytesMax: 64 * 1024 });
  pushRoutes(app, {
    producer,
    requests: new RequestLimit({
      perMinuteMax: 1_000_000_000,
      verifyKey: async () => ({ name: 'fuzz', scopes: ['ingest'] }),
    }),
    admission: () => ({ open: true }),
    limits: {
      lineBytesMax: 1_000,
      linesMax: 100,
      batchLinesMax: 10,
      batchBytesMax: 4_000,
      bodyBytesMax: 64 * 1024,
      inFlightBytesMax: 1024 * 1024,
    },
    format: undefined,
    metrics,
    onEnqueued: () => undefined,
  });
  let pushes = 0;
  return {
    name: 'bodies of POST /ingest/batch',
    share: 0.05,
    tryOne: async (random) => {
      const isJson = random.chance(0.7);
      const value = mutateValue(random, PUSH);
      const text = random.chance(0.3) ? mutate(random, [JSON.stringify(PUSH)]) : (JSON.stringify(value) ?? '');
      const bytes = random.chance(0.1) ? Buffer.from(noise(random, 200), 'latin1') : Buffer.from(text);
      const isPacked = random.chance(0.2);
      const answer = await app.inject({
        method: 'POST',
        url: isJson
          ? '/ingest/batch'
          : `/ingest/batch?source=${encodeURIComponent(mutate(random, ['a']).toWellFormed())}`,
        headers: {
          'x-api-key': 'k',
          'content-type': isJson
            ? 'application/json'
            : random.pick(['text/plain', 'application/x-ndjson', 'image/png']),
          ...(isPacked ? { 'content-encoding': random.pick(['gzip', 'gzip', 'br']) } : {}),
        },
        payload: isPacked && random.chance(0.8) ? gzipSync(bytes) : bytes,
      });
      must(answer.statusCode < 500, `push answered ${answer.statusCode}: ${answer.body}`);
      pushes += 1;
      for (const batch of producer.batches.splice(0)) lineBatchSchema.parse(batch);
      return answer.statusCode === 202 ? 'accepted' : String(answer.statusCode);
    },
    close: async () => {
      const counted = (await metrics.pushes.get()).values.reduce((sum, { value }) => sum + value, 0);
      await app.close();
      must(counted === pushes, `${counted} pushes are counted of ${pushes}`);
    },
  };
}

const ROUTES = [
  '/threats?severity=HIGH&source_ip=192.0.2.1&since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z&limit=10&class=XSS&path=/a',
  '/threats?min_severity=MEDIUM&rule=xss-script&ip=10.0.0.0/8&q=x&cursor=abc&source=a.log',
  '/threats/6f2b1b7c-3d3e-8a55-9c1d-0e5b5f0c1a11',
  '/threats/export?format=csv&severity=HIGH',
  '/threats/timeline?range=1h&step=60',
  '/stats?range=24h',
  '/stats?range=1h&limit=5',
  '/sources/192.0.2.1',
  '/models/status',
  '/alerts/stream?after=x',
];

/** Queries of the REST API against the real gateway and PostgreSQL, and what a WebSocket's client says. */
export async function gatewayInputs(postgresUrl: string): Promise<Boundary[]> {
  const database = await openDatabase(postgresUrl);
  await migrate(database);
  const gateway = await startTestGateway(database, createMemoryAlertBus(), {
    REQUESTS_PER_MINUTE_MAX: 1_000_000_000,
    WS_CONNECTS_PER_SECOND_MAX: 1_000_000,
  });
  const sockets = new SocketPool(gateway.wsUrl);
  return [
    {
      name: 'queries of the REST API',
      share: 0.01,
      tryOne: async (random) => {
        const target = mutate(random, ROUTES).toWellFormed();
        // `//` and `/\\` begin the name of another host.
        const url = URL.canParse(target, gateway.url) ? new URL(target, gateway.url) : undefined;
        if (url?.origin !== gateway.url) return 'no URL of ours';
        if (url.pathname.startsWith('/alerts/stream')) return 'another boundary';
        const answer = await fetch(url, { headers: { 'x-api-key': ADMIN_KEY }, signal: AbortSignal.timeout(20_000) });
        const body = await answer.text();
        must(answer.status < 500, `${url.pathname}${url.search} answered ${answer.status}: ${body}`);
        return answer.ok ? 'accepted' : String(answer.status);
      },
      close: async () => {
        sockets.close();
        await gateway.stop();
        await database.close();
      },
    },
    { name: 'messages of WebSocket clients', share: 0.11, tryOne: (random) => sockets.send(random) },
  ];
}

const MESSAGES = [
  '{"type":"subscribe","severity":"HIGH","after":5,"batch":true}',
  '{"type":"subscribe","min_severity":"MEDIUM","source":["a"],"class":["XSS"],"ip":"10.0.0.0/8","path":"/admin/*"}',
];
/** Messages that a connection is good for before the gateway ends it for talking too much. */
const PER_SOCKET = 15;

class SocketPool {
  readonly #url: string;
  #socket: WebSocket | undefined;
  #left = 0;

  constructor(url: string) {
    this.#url = url;
  }

  async send(random: Random): Promise<string> {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#left === 0) await this.#open();
    this.#left -= 1;
    const socket = this.#socket!;
    const text = mutate(random, MESSAGES);
    socket.send(random.chance(0.1) ? Buffer.from(text) : text);
    // Nothing answers an accepted message in a fixed form, so the answer to a ping after it says that the gateway lives.
    if (this.#left > 0) return 'sent';
    return new Promise((resolve) => {
      socket.once('pong', () => resolve('sent'));
      socket.once('close', (code) => resolve(`closed with ${code}`));
      socket.ping();
    });
  }

  close(): void {
    this.#socket?.terminate();
  }

  async #open(): Promise<void> {
    this.#socket?.terminate();
    const socket = new WebSocket(`${this.#url}?control=1`, { headers: { 'x-api-key': ADMIN_KEY } });
    this.#socket = socket;
    this.#left = PER_SOCKET;
    socket.on('error', () => undefined);
    socket.on('message', () => undefined);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
  }
}
