import { RequestLimit } from '@vigil/shared/auth/request-limit';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { gzipSync } from 'node:zlib';
import { pushRoutes } from '@vigil/ingestor/push/push-routes';
import { createIngestMetrics } from '@vigil/ingestor/metrics';
import { MemoryProducer } from '@vigil/ingestor/testing/memory-producer';
import { lineBatchSchema } from '@vigil/shared/contracts';
import { createHttpServer } from '@vigil/shared/http/http-server';
import { Registry } from '@vigil/shared/metrics/metrics';
import { must, type Boundary } from '../boundary.ts';
import { mutate, mutateValue, noise } from '../mutate.ts';

const PUSH = { lines: ['a line', '', 'another'], source: 'fuzz', batch_id: 'b-1', format: 'combined' };

/** Bodies of `POST /ingest/batch`, through the real route with its limits; the queue is a list. */
export function pushBodies(): Boundary {
  const producer = new MemoryProducer();
  const registry = new Registry();
  const metrics = createIngestMetrics(registry);
  const app = createHttpServer({ log: testLogger() });
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
