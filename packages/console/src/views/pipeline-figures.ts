import type { QueueDepth } from '../api/types.ts';

/** Jobs that wait anywhere, and the age of the oldest, in seconds; undefined where queues are not known. */
export function queuesAltogether(
  queues: Record<string, QueueDepth> | null | undefined,
): { depth: number; lagSeconds: number; failed: number } | undefined {
  if (queues === null || queues === undefined) return undefined;
  const all = Object.values(queues);
  return {
    depth: all.reduce((sum, queue) => sum + queue.waiting + queue.active + queue.delayed, 0),
    lagSeconds: Math.max(0, ...all.map((queue) => queue.oldest_age_seconds)),
    failed: all.reduce((sum, queue) => sum + queue.failed, 0),
  };
}
