import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { expect, test } from 'vitest';
import { createRedisQueueBackend } from '../queue/bullmq-backend.ts';
import { startTracing } from './start-tracing.ts';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
}

/** An OTLP endpoint that keeps what it is sent. */
async function startCollector() {
  const spans: Span[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { resourceSpans } = (await json(request)) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    spans.push(...resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans)));
    response.end('{}');
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { spans, endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
}

test('without an endpoint there is no tracing', async () => {
  expect(await startTracing('test', {})).toBeUndefined();
});

test('a batch keeps its trace over both queues', async () => {
  const { redisUrl } = await testServices(['redis']);
  const collector = await startCollector();
  // The exporter reads it by itself.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.endpoint;
  const tracing = (await startTracing('test', process.env))!;
  const queue = createRedisQueueBackend(redisUrl, { prefix: 'traced', telemetry: tracing.queueTelemetry });
  try {
    let stored = 0;
    const options = { concurrency: 1, onError: () => undefined };
    queue.consumer('scored', async () => void stored++, options);
    queue.consumer(
      'lines',
      (job) => queue.producer('scored').addAll([{ id: `sb-${job.id}`, data: job.data as never }]),
      options,
    );
    await queue.producer('lines').addAll([{ id: 'lb-1', data: {} as never }]);
    await waitUntil(() => stored > 0, { timeoutMs: 20_000, what: 'the job at the end of the second queue' });
  } finally {
    await queue.close();
    await tracing.shutdown();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  }
  collector.close();

  const trace = collector.spans.find((span) => /addBulk/i.test(span.name) && span.parentSpanId === undefined)!.traceId;
  const names = collector.spans.filter((span) => span.traceId === trace).map((span) => span.name);
  for (const hop of [/addBulk lines/i, /process lines/i, /addBulk scored/i, /process scored/i])
    expect(names).toContainEqual(expect.stringMatching(hop));
});
