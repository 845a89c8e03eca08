import { answerWithin } from '../lifecycle/answer-within.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { JobConsumer, QueueBackend, QueueName } from './job-queue.ts';

/** Getting nowhere for this long while jobs wait and the queue answers is not slowness. */
const IDLE_MAX_MS = 60_000;

/** Less than whoever asks for the check waits. */
const ANSWER_MAX_MS = 1_000;

export interface ProgressOptions {
  queueName: QueueName;
  consumer: JobConsumer;
  queue: Pick<QueueBackend, 'depth'>;
  lifecycle: Pick<Lifecycle, 'stopping'>;
  idleMaxMs?: number;
  now?: () => number;
}

export interface Progress {
  /** Liveness check: throws where the worker has ended, or gets nowhere though jobs have waited for a minute. */
  check: () => Promise<void>;
  /** The jobs at hand wait for something outside and are being tried again: that is an outage, not a worker that is stuck. */
  touch: () => void;
}

/**
 * Watches whether a consumer gets on, from what it does and not from its connections, which may look healthy. A queue that does not
 * answer proves nothing, and neither does an outage behind the handlers: restarting this process mends neither.
 */
export function watchProgress(options: ProgressOptions): Progress {
  const { queueName, consumer, queue, lifecycle, idleMaxMs = IDLE_MAX_MS, now = () => performance.now() } = options;
  let touchedMs = now();
  return {
    touch: () => {
      touchedMs = now();
    },
    check: async () => {
      if (lifecycle.stopping) return;
      if (!consumer.isRunning()) throw new Error(`the worker of "${queueName}" has ended`);
      const idleMs = now() - Math.max(consumer.lastActivityMs(), touchedMs);
      if (idleMs <= idleMaxMs) return;
      const depth = await answerWithin(() => queue.depth(queueName), ANSWER_MAX_MS).catch(() => undefined);
      if (depth === undefined || depth.waiting === 0 || depth.oldestAgeSeconds * 1000 < idleMaxMs) return;
      throw new Error(`no job taken for ${Math.round(idleMs / 1000)} s while ${depth.waiting} wait`);
    },
  };
}
