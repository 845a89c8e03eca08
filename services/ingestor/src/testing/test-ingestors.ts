import type { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil as waitFor } from '@vigil/dev-services/wait-until';
import { hashApiKey } from '@vigil/shared/auth/api-keys';
import { createKeyVerifier } from '@vigil/shared/auth/key-verifier';
import { lineBatchSchema, type LineBatch } from '@vigil/shared/contracts';
import { createHttpServer, listen } from '@vigil/shared/http/http-server';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { Logger } from '@vigil/shared/logging/logger';
import { Registry } from '@vigil/shared/metrics/metrics';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { ingestSchema, type IngestConfig } from '../config.ts';
import { startIngestor, type Ingestor } from '../service.ts';
import { temporaryFolder } from './harness.ts';
import { linesOfBatch } from './memory-producer.ts';

const INGEST_KEY = 'ingest-key-of-the-test';
export const OTHER_INGEST_KEY = 'another-ingest-key-of-the-test';
export const READ_KEY = 'reading-key-of-the-test';
const log = testLogger();

export const waitUntil = (check: () => Promise<boolean> | boolean): Promise<unknown> =>
  waitFor(check, { timeoutMs: 20_000, what: check.toString() });

export interface Running {
  url: string;
  ingestor: Ingestor;
  readiness: Readiness;
  registry: Registry;
  queue: QueueBackend;
  stop: () => Promise<void>;
}

/** Ingestors on a real Redis and a folder of their own, and what a consumer of their queue received. */
export class TestIngestors {
  readonly folder: string;
  received: LineBatch[] = [];
  readonly #dispose: () => Promise<void>;
  readonly #prefix = `ingestor-${crypto.randomUUID()}`;
  readonly #running: Running[] = [];

  private constructor(folder: { path: string; dispose: () => Promise<void> }) {
    this.folder = folder.path;
    this.#dispose = folder.dispose;
  }

  static async open(): Promise<TestIngestors> {
    return new TestIngestors(await temporaryFolder());
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map(({ stop }) => stop()));
    await this.#dispose();
  }

  /** @param wrap puts faults between the ingestor and its queue */
  async start(
    config: Partial<IngestConfig>,
    options: { wrap?: (queue: QueueBackend) => QueueBackend; stdin?: PassThrough; log?: Logger } = {},
  ): Promise<Running> {
    const { redisUrl } = await testServices(['redis']);
    const redis = createRedisQueueBackend(redisUrl, { prefix: this.#prefix });
    const queue = options.wrap?.(redis) ?? redis;
    const registry = new Registry();
    const readiness = new Readiness();
    const lifecycle = new Lifecycle(log, 5_000);
    lifecycle.onStop('connections', 'queue', () => redis.close());
    const ingestor = await startIngestor({
      config: { ...ingestSchema.parse({}), CHECKPOINT_PATH: join(this.folder, 'state', 'checkpoint.json'), ...config },
      queue,
      registry,
      readiness,
      lifecycle,
      log: options.log ?? log,
      verifyKey: createKeyVerifier({
        static: [
          { name: 'shipper', sha256: hashApiKey(INGEST_KEY), scopes: ['ingest'] },
          { name: 'other shipper', sha256: hashApiKey(OTHER_INGEST_KEY), scopes: ['ingest'] },
          { name: 'viewer', sha256: hashApiKey(READ_KEY), scopes: ['read'] },
        ],
      }),
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    });
    const app = createHttpServer({ log, trustProxy: ['127.0.0.1'] });
    ingestor.routes(app);
    const url = await listen(app, lifecycle, '127.0.0.1', 0);
    const running = {
      url,
      ingestor,
      readiness,
      registry,
      queue,
      stop: async () => void (await lifecycle.stop('test')),
    };
    this.#running.push(running);
    return running;
  }

  /** Takes batches from the real queue, as a scorer does. */
  consume(queue: QueueBackend): void {
    queue.consumer('lines', async ({ data }) => void this.received.push(lineBatchSchema.parse(data)), {
      concurrency: 1,
      onError: () => undefined,
    });
  }

  texts(): string[] {
    return this.received.flatMap(linesOfBatch).map(({ text }) => text);
  }
}

/** Pushes a body as it is, or as JSON, with the shipper's key unless `headers` have another. */
export function push(url: string, body: unknown, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return fetch(`${url}/ingest/batch${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': INGEST_KEY, ...headers },
    body: typeof body === 'string' || body instanceof Buffer ? (body as string) : JSON.stringify(body),
  });
}
