import { Command } from 'commander';
import { z } from 'zod';
import { queuePrefix, redisUrl } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { createPostgresQueueBackend } from '@vigil/shared/queue/postgres-queue-backend';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import {
  allDeadLetters,
  dropDeadLetter,
  findDeadLetter,
  HopelessLetterError,
  listDeadLetters,
  requeueDeadLetter,
  type DeadLetterHead,
  type DeadLetterRow,
} from '@vigil/shared/storage/dead-letters';
import type { Database } from '@vigil/shared/storage/database';
import { printable, printableJson } from '@vigil/shared/text/printable';
import { EXIT_FAILED, UserError } from '../exit.ts';
import { targetDatabaseUrl, withTargetDatabase } from '../target-database.ts';

const LIST_MAX = 200;

const ALL = 'all letters that are there now';

const queueTarget = z.object({
  DATABASE_URL: z.string().optional(),
  REDIS_URL: redisUrl.optional(),
  QUEUE_PREFIX: queuePrefix,
});

/** `vigil dlq`: what nobody could handle, and what to do with it. */
export function dlqCommand(): Command {
  const dlq = new Command('dlq').description('dead letters: lines and jobs that nobody could handle');
  dlq
    .command('list')
    .description(`oldest first, at most ${LIST_MAX}`)
    .option('--json', 'one JSON object per line')
    .action((options: { json?: boolean }) =>
      withTargetDatabase((database) => (options.json === true ? listJson(database) : list(database))),
    );
  dlq
    .command('show')
    .description('one letter, whole')
    .argument('<id>')
    .action((id: string) =>
      withTargetDatabase(async (database) => {
        const letter = await found(database, id);
        console.log(summary(letter));
        console.log(`\n${printable(letter.payload)}\n`);
        for (const line of letter.stack.split('\n')) console.log(printable(line));
      }),
    );
  dlq
    .command('requeue')
    .description(
      'give letters back to their queues, after what was wrong was mended (with DATABASE_URL also REDIS_URL and, where the services have one, QUEUE_PREFIX)',
    )
    .argument('[ids...]')
    .option('--all', ALL)
    .action((ids: string[], { all = false }: { all?: boolean }) => {
      needsIdsOrAll(ids, all);
      return withTargetDatabase((database) => requeue(database, all ? 'all' : ids));
    });
  dlq
    .command('drop')
    .description('delete letters for good')
    .argument('[ids...]')
    .option('--all', ALL)
    .action((ids: string[], { all = false }: { all?: boolean }) => {
      needsIdsOrAll(ids, all);
      return withTargetDatabase((database) => drop(database, all ? 'all' : ids));
    });
  return dlq;
}

async function list(database: Database): Promise<void> {
  const { letters, total } = await listDeadLetters(database, LIST_MAX);
  if (total === 0) console.log('There are no dead letters.');
  for (const letter of letters) console.log(summary(letter));
  if (total > letters.length) console.error(`These are the oldest ${letters.length} of ${total}.`);
}

async function listJson(database: Database): Promise<void> {
  for (const { id } of (await listDeadLetters(database, LIST_MAX)).letters) {
    const letter = await findDeadLetter(database, id);
    if (letter !== undefined) console.log(printableJson(JSON.stringify(letter)));
  }
}

function needsIdsOrAll(ids: readonly string[], all: boolean): void {
  if (all === ids.length > 0) throw new UserError('Give the ids of letters, or --all.');
}

async function requeue(database: Database, which: readonly string[] | 'all'): Promise<void> {
  const queue = openQueue();
  /** @returns whether there still was such a letter */
  const requeueOne = async (letter: DeadLetterRow): Promise<boolean> => {
    const isRequeued = await requeueDeadLetter(database, letter, (job) =>
      queue.producer(job.queue).addAll([{ id: job.id, data: job.data as never }]),
    );
    if (isRequeued) console.log(printable(`requeued ${letter.id}`));
    return isRequeued;
  };
  try {
    await queue.ping().catch((error: Error) => {
      throw new UserError(`The queues cannot be reached, so no letter was touched: ${error.message}`);
    });
    if (which === 'all') return await requeueAll(database, requeueOne);
    for (const id of which) if (!(await requeueOne(await found(database, id)))) throw noSuchLetter(id);
  } finally {
    await queue.close();
  }
}

/** Those that cannot be made jobs again stay, and keep no other back. */
async function requeueAll(database: Database, requeueOne: (letter: DeadLetterRow) => Promise<boolean>): Promise<void> {
  let hopeless = 0;
  for await (const heads of allDeadLetters(database))
    for (const { id } of heads) {
      const letter = await findDeadLetter(database, id);
      if (letter === undefined) continue;
      try {
        await requeueOne(letter);
      } catch (error) {
        if (!(error instanceof HopelessLetterError)) throw error;
        console.error(printable(error.message));
        hopeless += 1;
      }
    }
  if (hopeless > 0) throw new UserError(`Letters that stay where they are: ${hopeless}.`, { exitCode: EXIT_FAILED });
}

async function drop(database: Database, which: readonly string[] | 'all'): Promise<void> {
  if (which === 'all') {
    for await (const heads of allDeadLetters(database))
      for (const { id } of heads) if (await dropDeadLetter(database, id)) console.log(printable(`dropped ${id}`));
    return;
  }
  for (const id of which) {
    if (!(await dropDeadLetter(database, id))) throw noSuchLetter(id);
    console.log(`dropped ${id}`);
  }
}

/**
 * The queues that the services behind the target database read: on Redis where DATABASE_URL names it, since embedded mode takes none,
 * else in the embedded database. A letter that went to the other would be gone.
 */
function openQueue(): QueueBackend {
  const { DATABASE_URL, REDIS_URL, QUEUE_PREFIX } = loadConfig(queueTarget, process.env);
  if (DATABASE_URL === undefined) return createPostgresQueueBackend(targetDatabaseUrl());
  if (REDIS_URL === undefined)
    throw new UserError(
      'DATABASE_URL is set and REDIS_URL is not. Give both as the services have them, QUEUE_PREFIX with them if they have one; for an ' +
        'embedded Vigil unset DATABASE_URL and name its folder in VIGIL_DATA_DIR. No letter was touched.',
    );
  return createRedisQueueBackend(REDIS_URL, { prefix: QUEUE_PREFIX });
}

async function found(database: Database, id: string): Promise<DeadLetterRow> {
  const letter = await findDeadLetter(database, id);
  if (letter === undefined) throw noSuchLetter(id);
  return letter;
}

function noSuchLetter(id: string): UserError {
  return new UserError(`There is no dead letter ${id}; "vigil dlq list" shows them.`);
}

function summary(letter: DeadLetterHead): string {
  return printable(`${letter.id}  ${letter.created_at}  ${letter.kind} of ${letter.source}: ${letter.reason}`);
}
