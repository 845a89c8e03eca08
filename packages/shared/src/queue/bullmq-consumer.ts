import { Turns } from '../lifecycle/turns.ts';
import {
  WORKER_OPTIONS,
  type AnyQueue,
  type AnyWorker,
  type BullMqStore,
  type JobProcessor,
  type StoredJob,
} from './bullmq-store.ts';
import {
  whyHopeless,
  type ConsumerOptions,
  type Job,
  type JobConsumer,
  type JobHandler,
  type QueueName,
} from './job-queue.ts';
import { unpackData } from './packed-data.ts';

/** How often to look for what a clock that was ahead has put off. */
const OVERLONG_INTERVAL_MS = 15_000;

/**
 * Takes jobs from the queue and has them handled, so many at a time.
 * @param parts.workers gets the worker, to be closed with the backend
 */
export function consumerOver(
  store: BullMqStore,
  name: QueueName,
  handle: JobHandler,
  options: ConsumerOptions,
  parts: { workers: AnyWorker[]; queue: () => Promise<AnyQueue> },
): JobConsumer {
  let lastActivityMs = performance.now();
  const atHand = new Set<Promise<void>>();
  // BullMQ fetches the next job with each one that ends, before anybody has looked at those that it fetched for others.
  const turns = new Turns(options.concurrency);
  const processor: JobProcessor = async (stored) => {
    lastActivityMs = performance.now();
    // Packed until its turn comes: that takes a part of the memory.
    const handled = turns.take(() => handle(jobOf(name, stored)));
    atHand.add(handled);
    try {
      await handled;
    } finally {
      atHand.delete(handled);
      lastActivityMs = performance.now();
    }
  };
  const worker = store.worker(name, processor, { ...WORKER_OPTIONS, concurrency: options.concurrency });
  // BullMQ reads a job before it says which one it is, and would take one that it cannot read again and again.
  const wrapUnreadable = (): void => {
    const wrap = async (): Promise<void> => {
      for (const id of await store.wrapUnreadable(await parts.queue()))
        options.onError(
          new Error(`job "${id}" is no JSON that can be read: its data are handed on, as text where they are none`),
        );
    };
    void wrap().catch(options.onError);
  };
  worker.on('error', (error) => {
    options.onError(error);
    // The latter where options are `null`, which is JSON.
    if (error instanceof SyntaxError || error instanceof TypeError) wrapUnreadable();
  });
  parts.workers.push(worker);
  // A worker of an earlier release, still there during a rollout, lets BullMQ give jobs up: they come back to be handled, or dead-lettered.
  const takeBack = (): void => {
    void (async () => (await parts.queue()).retryJobs({ state: 'failed' }))().catch(options.onError);
  };
  // Where the store is away, there is a next time.
  const endOverlong = (): void => {
    void (async () => store.endOverlong(await parts.queue()))().catch(() => undefined);
  };
  const ending = setInterval(endOverlong, OVERLONG_INTERVAL_MS).unref();
  void worker.waitUntilReady().then(takeBack, () => undefined);
  void worker.waitUntilReady().then(endOverlong, () => undefined);
  worker.on('failed', (job) => {
    if (job?.finishedOn !== undefined) takeBack();
  });
  return {
    limitTo: (concurrency) => {
      turns.limit = concurrency;
      worker.concurrency = concurrency;
    },
    close: async () => {
      clearInterval(ending);
      // Others handle them sooner than they could be handled here one by one.
      turns.close();
      const isAway = await store.ready().then(
        () => false,
        () => true,
      );
      if (!isAway) return worker.close();
      // BullMQ would wait for the store; what nobody can tell it of comes again.
      await worker.close(true);
      await Promise.allSettled(atHand);
    },
    isRunning: () => worker.isRunning(),
    lastActivityMs: () => lastActivityMs,
  };
}

function jobOf(queue: QueueName, { id = '', data, attemptsStarted: attempt, stalledCounter: stalls }: StoredJob): Job {
  return { id, data: unpackData(queue, data, whyHopeless({ stalls }) !== undefined), attempt, stalls };
}
