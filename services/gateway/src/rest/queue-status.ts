import { QUEUE_NAMES, type QueueBackend } from '@vigil/shared/queue/job-queue';
import type { ModelsStatus } from './pipeline-status.ts';

/** How far the pipeline is behind, for `PipelineProviders.queues`. @throws where the queue's store cannot be asked */
export async function queueStatus(queue: Pick<QueueBackend, 'depth'>): Promise<NonNullable<ModelsStatus['queues']>> {
  const entries = await Promise.all(
    QUEUE_NAMES.map(async (name) => {
      const { oldestAgeSeconds, ...counts } = await queue.depth(name);
      return [name, { ...counts, oldest_age_seconds: oldestAgeSeconds }] as const;
    }),
  );
  return Object.fromEntries(entries);
}
