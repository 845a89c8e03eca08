import { expect, test } from 'vitest';
import { createRegistry } from '../metrics/metrics.ts';
import type { QueueDepth } from './job-queue.ts';
import { registerQueueGauges } from './queue-gauges.ts';

const depth = (waiting: number, oldestAgeSeconds: number): QueueDepth => ({
  waiting,
  active: 1,
  delayed: 0,
  failed: 0,
  oldestAgeSeconds,
});

test('every scrape tells the depth at that moment, both gauges alike', async () => {
  const registry = createRegistry();
  let waiting = 0;
  registerQueueGauges(registry, { depth: async (queue) => depth(queue === 'lines' ? ++waiting : 0, waiting) });
  for (const expected of [1, 2]) {
    const text = await registry.metrics();
    expect(text).toContain(`vigil_queue_jobs{queue="lines",state="waiting"} ${expected}`);
    expect(text).toContain(`vigil_queue_oldest_job_age_seconds{queue="lines"} ${expected}`);
    expect(text).toContain('vigil_queue_jobs{queue="lines",state="active"} 1');
  }
});

test('a queue that cannot be read is absent, never an old value', async () => {
  const registry = createRegistry();
  let away = false;
  registerQueueGauges(registry, { depth: async () => (away ? Promise.reject(new Error('away')) : depth(5, 9)) });
  expect(await registry.metrics()).toContain('state="waiting"} 5');
  away = true;
  expect(await registry.metrics()).not.toContain('state="waiting"}');
});

test('a queue that does not answer is absent, and everything else is told nevertheless', async () => {
  const registry = createRegistry();
  const answer = Promise.withResolvers<QueueDepth>();
  let silent = false;
  registerQueueGauges(registry, { depth: () => (silent ? answer.promise : Promise.resolve(depth(5, 9))) });
  expect(await registry.metrics()).toContain('state="waiting"} 5');
  silent = true;
  const text = await registry.metrics();
  expect(text).not.toContain('state="waiting"}');
  expect(text).toContain('process_cpu_seconds_total');
  answer.resolve(depth(7, 9));
  silent = false;
  expect(await registry.metrics()).toContain('state="waiting"} 7');
});
