import { Gauge, type Registry } from '../metrics/metrics.ts';
import { oneReading } from '../metrics/one-reading.ts';
import { QUEUE_NAMES, type QueueBackend, type QueueName } from './job-queue.ts';

/**
 * `vigil_queue_jobs{queue,state}` and `vigil_queue_oldest_job_age_seconds{queue}`, read when somebody scrapes. Autoscaling looks at
 * them: while the store is away they are absent, for an old value would be taken for the present. Several processes report the same
 * queues, so queries take `max by (queue, state)`.
 */
export function registerQueueGauges(registry: Registry, backend: Pick<QueueBackend, 'depth'>): void {
  const forget = (): void => {
    jobs.reset();
    age.reset();
  };
  const collect = oneReading(() => read(), forget);
  const jobs = new Gauge({
    name: 'vigil_queue_jobs',
    help: 'Jobs by state; those of a paused queue are waiting.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    collect,
  });
  const age = new Gauge({
    name: 'vigil_queue_oldest_job_age_seconds',
    help: 'Age of the oldest job that waits.',
    labelNames: ['queue'],
    registers: [registry],
    collect,
  });
  const read = async (): Promise<void> => {
    const depths = await Promise.all(QUEUE_NAMES.map(async (queue) => [queue, await depthOf(backend, queue)] as const));
    forget();
    for (const [queue, depth] of depths) {
      if (depth === undefined) continue;
      const { oldestAgeSeconds, ...states } = depth;
      for (const [state, count] of Object.entries(states)) jobs.set({ queue, state }, count);
      age.set({ queue }, oldestAgeSeconds);
    }
  };
}

function depthOf(backend: Pick<QueueBackend, 'depth'>, queue: QueueName) {
  return backend.depth(queue).catch(() => undefined);
}
