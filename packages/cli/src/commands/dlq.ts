import { Command } from 'commander';
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
      'give letters back to their queues, after what was wrong was mended (REDIS_URL where the queues are on Redis)',
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
          if (!(await dropDeadLetter(database, id))) throw new UserError(`There is no dead letter ${id}.`);
          console.log(`dropped ${id}`);
        }
      }),
    );
  return dlq;
}

async function requeue(database: Database, ids: readonly string[]): Promise<void> {
  const queue = openQueue();
  try {
    for (const id of ids) {
      const letter = await found(database, id);
      await requeueDeadLetter(database, letter, (job) =>
        queue.producer(job.queue).addAll([{ id: job.id, data: job.data as never }]),
      );
      console.log(`requeued ${id}`);
    }
  } finally {
    await queue.close();
  }
}

function openQueue(): QueueBackend {
  const redisUrl = process.env['REDIS_URL'];
  if (redisUrl === undefined || redisUrl === '') return createPostgresQueueBackend(targetDatabaseUrl());
  return createRedisQueueBackend(redisUrl, { prefix: process.env['QUEUE_PREFIX'] ?? 'bull' });
}

async function found(database: Database, id: string): Promise<DeadLetterRow> {
  const letter = await findDeadLetter(database, id);
  if (letter === undefined) throw new UserError(`There is no dead letter ${id}; "vigil dlq list" shows them.`);
  return letter;
}

function summary(letter: DeadLetterRow): string {
  return printable(`${letter.id}  ${letter.created_at}  ${letter.kind} of ${letter.source}: ${letter.reason}`);
}
