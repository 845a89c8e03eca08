import { startOtlpCollector } from '@vigil/dev-services/otlp-collector';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { expect, test } from 'vitest';
import { createRedisQueueBackend } from '../queue/redis-queue-backend.ts';
import { inSpan } from './in-span.ts';
import { startTracing } from './start-tracing.ts';

test('without an endpoint there is no tracing', async () => {
  expect(await startTracing('test', {})).toBeUndefined();
});

test('a batch keeps its trace over both queues', async () => {
  const { redisUrl } = await testServices(['redis']);
  const collector = await startOtlpCollector();
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
    await inSpan('enqueue lines', () => queue.producer('lines').addAll([{ id: 'lb-1', data: {} as never }]));
    await waitUntil(() => stored > 0, { timeoutMs: 20_000, what: 'the job at the end of the second queue' });
  } finally {
    await queue.close();
    await tracing.shutdown();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  }
  await collector.close();

  const trace = collector.spans.find((span) => span.name === 'enqueue lines')!.traceId;
  const names = collector.spans.filter((span) => span.traceId === trace).map((span) => span.name);
  for (const hop of [/enqueue lines/, /addBulk lines/i, /process lines/i, /addBulk scored/i, /process scored/i])
    expect(names).toContainEqual(expect.stringMatching(hop));
});
