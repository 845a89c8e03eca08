import { createPostgresBackend, withBackend } from 'bullmq';
import type { Database } from '../storage/database.ts';
import { backendOver } from './bullmq-backend.ts';
import { JOB_OPTIONS, quiet, RETRY_DELAY_MAX_MS, type AnyQueue, type AnyWorker } from './bullmq-store.ts';
import type { QueueBackend, QueueName } from './job-queue.ts';

/** BullMQ's own schema in PostgreSQL. */
const POSTGRES_SCHEMA = 'bullmq';

/** Delayed jobs that one look for overlong delays reads: here it has to read them whole. */
const OVERLONG_JOBS_MAX = 100;

/** BullMQ on PostgreSQL (embedded mode): the same queues in a schema of their own, made on first use. */
export function createPostgresQueueBackend(url: string, options: { schema?: string } = {}): QueueBackend {
  const postgres = withBackend(createPostgresBackend);
  const connection = { connectionString: url, schema: options.schema ?? POSTGRES_SCHEMA, migrate: true, max: 6 };
  let pinged: AnyQueue | undefined;
  const queue = (name: QueueName): AnyQueue =>
    quiet(new postgres.Queue(name, { connection, defaultJobOptions: JOB_OPTIONS }) as unknown as AnyQueue);
  return backendOver({
    kind: 'postgres',
    // All of them are in one process.
    now: async () => Date.now(),
    // A bulk makes two temporary tables in the catalogue each time, which takes more than the jobs themselves.
    add: async (to, jobs) => {
      for (const { name, data, opts } of jobs) await to.add(name, data, opts);
    },
    queue,
    worker: (name, processor, workerOptions) =>
      new postgres.Worker(name, processor, { ...workerOptions, connection } as never) as unknown as AnyWorker,
    // Whoever handles jobs there does so alone, and has freed them at its start: there is one clock, which may have been ahead since.
    endOverlong: async (from) => {
      const late = Date.now() + 2 * RETRY_DELAY_MAX_MS;
      const waiting = await from.getJobs(['delayed'], 0, OVERLONG_JOBS_MAX - 1);
      for (const job of waiting) if ((job.processedOn ?? 0) > late) await job.promote();
    },
    // It keeps JSON alone.
    wrapUnreadable: async () => [],
    ready: async () => undefined,
    // Its queue lies on disk.
    memory: async () => ({ usedBytes: 0, boundBytes: Infinity }),
    ping: async () => {
      pinged ??= queue('lines');
      await pinged.getJobCounts('wait');
    },
    close: async () => {
      await pinged?.close();
    },
  });
}

/**
 * Has PostgreSQL keep jobs as they come: their payloads are compressed already, and trying once more takes a fifth of its time and
 * saves nothing. Call it where the queues' schema exists, which the first `ping` makes.
 */
export async function keepJobsUncompressed(database: Pick<Database, 'query'>): Promise<void> {
  await database.query(`alter table ${POSTGRES_SCHEMA}.job alter column data set storage external`);
}

/**
 * Frees the jobs that a process which was killed had at hand, and has those that wait to be tried again tried at once. Only for whoever
 * alone handles jobs there, before it does: BullMQ would wait until their locks end, which is as far away as a clock has been ahead.
 */
export async function takeOverJobs(database: Pick<Database, 'query'>, schema = POSTGRES_SCHEMA): Promise<void> {
  // As BullMQ does with jobs whose worker is gone: whoever handles them is told how often that happened.
  await database.query(`
    update ${schema}.job set state = 'waiting', lock_token = null, locked_until_ms = null, stalled_marked = false,
      stalled_count = stalled_count + 1
    where state = 'active'`);
  await database.query(`update ${schema}.job set process_at_ms = 0 where state = 'delayed'`);
  await database.query(`delete from ${schema}.meta where field = 'stalled-check'`);
}
