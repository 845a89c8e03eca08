import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { JobConsumer, QueueBackend } from '@vigil/shared/queue/job-queue';

/** Taking nothing for this long while jobs wait and none is at hand anywhere is not slowness. */
const IDLE_MAX_MS = 60_000;

/**
 * A liveness check: fails where the worker has ended, or takes no job though jobs have waited for a minute and the queue answers.
 * A queue that does not answer proves nothing: restarting this process does not mend Redis.
 */
export function watchProgress(parts: {
  consumer: JobConsumer;
  queue: QueueBackend;
  lifecycle: Lifecycle;
  idleMaxMs?: number;
  now?: () => number;
}): () => Promise<void> {
  const { consumer, queue, lifecycle, idleMaxMs = IDLE_MAX_MS, now = Date.now } = parts;
  return async () => {
    if (lifecycle.stopping) return;
    if (!consumer.isRunning()) throw new Error('the worker of "lines" has ended');
    const idleMs = now() - consumer.lastActivityMs();
    if (idleMs <= idleMaxMs) return;
    const depth = await queue.depth('lines').catch(() => undefined);
    if (depth === undefined || depth.waiting === 0 || depth.oldestAgeSeconds * 1000 < idleMaxMs) return;
    throw new Error(`no job taken for ${Math.round(idleMs / 1000)} s while ${depth.waiting} wait`);
  };
}
