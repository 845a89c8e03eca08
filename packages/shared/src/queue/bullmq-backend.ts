import { consumerOver } from './bullmq-consumer.ts';
import type { AnyQueue, AnyWorker, BullMqStore } from './bullmq-store.ts';
import type { JobProducer, QueueBackend, QueueDepth, QueueName } from './job-queue.ts';
import { packData } from './packed-data.ts';

/** The queue backend on whichever store BullMQ runs. */
export function backendOver(store: BullMqStore): QueueBackend {
  const queues = new Map<QueueName, AnyQueue>();
  const workers: AnyWorker[] = [];
  const queueOf = (name: QueueName): AnyQueue => {
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = store.queue(name);
      queues.set(name, queue);
    }
    return queue;
  };
  /** BullMQ remembers for ever that a queue's first contact with the store failed, so such a queue is replaced. */
  const readyQueue = async (name: QueueName): Promise<AnyQueue> => {
    await store.ready();
    const queue = queueOf(name);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      if (queues.get(name) === queue) queues.delete(name);
      void queue.close().catch(() => undefined);
      throw error;
    }
  };
  return {
    kind: store.kind,
    producer: (name): JobProducer<unknown> => ({
      addAll: async (jobs) => {
        const queue = await readyQueue(name);
        const timestamp = Math.round(await store.now());
        await store.add(
          queue,
          jobs.map(({ id, data }) => ({
            name,
            data: packData(name, data),
            opts: { jobId: id, timestamp },
          })),
        );
      },
    }),
    consumer: (name, handle, options) =>
      consumerOver(store, name, handle, options, { workers, queue: () => readyQueue(name) }),
    depth: async (name) => depthOf(await readyQueue(name), await store.now()),
    memory: () => store.memory(),
    ping: () => store.ping(),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await store.close();
    },
  };
}

async function depthOf(queue: AnyQueue, nowMs: number): Promise<QueueDepth> {
  const [counts, oldest] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed'),
    queue.getJobs(['wait'], 0, 0, true),
  ]);
  const oldestJob = oldest[0];
  return {
    waiting: (counts['wait'] ?? 0) + (counts['prioritized'] ?? 0),
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
    failed: counts['failed'] ?? 0,
    oldestAgeSeconds: oldestJob === undefined ? 0 : Math.max(0, (nowMs - oldestJob.timestamp) / 1000),
  };
}
