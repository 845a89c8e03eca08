import { Command } from 'commander';
import { z } from 'zod';
import { queuePrefix, redisUrl } from '@vigil/shared/config/fields';
import { loadConfig } from '@vigil/shared/config/load-config';
import { createPostgresQueueBackend, createRedisQueueBackend } from '@vigil/shared/queue/bullmq-backend';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import {
  dropDeadLetter,
  findDeadLetter,
  listDeadLetters,
  requeueDeadLetter,
  type DeadLetterRow,
} from '@vigil/shared/storage/dead-letters';
import type { Database } from '@vigil/shared/storage/database';
import { printable, printableJson } from '@vigil/shared/text/printable';
import { UserError } from '../exit.ts';
import { targetDatabaseUrl, withTargetDatabase } from '../target-database.ts';

const LIST_MAX = 200;

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
      withTargetDatabase(async (database) => {
        const letters = await listDeadLetters(database, LIST_MAX);
        if (letters.length === 0 && options.json !== true) console.log('There are no dead letters.');
        for (const letter of letters)
          console.log(options.json === true ? printableJson(JSON.stringify(letter)) : summary(letter));
      }),
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
    .argument('<ids...>')
    .action((ids: string[]) => withTargetDatabase((database) => requeue(database, ids)));
  dlq
    .command('drop')
    .description('delete letters for good')
    .argument('<ids...>')
    .action((ids: string[]) =>
      withTargetDatabase(async (database) => {
        for (const id of ids) {
          if (!(await dropDeadLetter(database, id))) throw noSuchLetter(id);
          console.log(`dropped ${id}`);
        }
      }),
    );
  return dlq;
}

async function requeue(database: Database, ids: readonly string[]): Promise<void> {
  const queue = openQueue();
  try {
    await queue.ping().catch((error: Error) => {
      throw new UserError(`The queues cannot be reached, so no letter was touched: ${error.message}`);
    });
    for (const id of ids) {
      const letter = await found(database, id);
      const isRequeued = await requeueDeadLetter(database, letter, (job) =>
        queue.producer(job.queue).addAll([{ id: job.id, data: job.data as never }]),
      );
      if (!isRequeued) throw noSuchLetter(id);
      console.log(`requeued ${id}`);
    }
  } finally {
    await queue.close();
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

function summary(letter: DeadLetterRow): string {
  return printable(`${letter.id}  ${letter.created_at}  ${letter.kind} of ${letter.source}: ${letter.reason}`);
}
