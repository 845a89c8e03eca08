import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { EventStore } from '@vigil/dispatcher/storing/event-store';
import { Partitions } from '@vigil/dispatcher/storing/partitions';
import { deadJobBatch } from '@vigil/scorer/intake/dead-job';
import { readLineBatch } from '@vigil/scorer/intake/read-line-batch';
import { lineBatchOf } from '@vigil/scorer/testing/line-batch';
import { createPostgresQueueBackend } from '@vigil/shared/queue/postgres-queue-backend';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import type { Job, QueueBackend } from '@vigil/shared/queue/job-queue';
import { connectRedis } from '@vigil/shared/redis/connect-redis';
import type { Database } from '@vigil/shared/storage/database';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DATABASE_URL_FILE } from '../embedded/data-dir.ts';
import { EXIT_FAILED, UserError } from '../exit.ts';
import { commandDatabase, outputOf } from '../testing/run-command.ts';
import { dlqCommand } from './dlq.ts';

const HOSTILE = 'GET /\u001b[2J\u009b1m\u202egpj\u200b HTTP/1.1';

let database: Database;

beforeAll(async () => {
  database = await commandDatabase();
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack) values ('letter-1', 'line', $1, $1, $1, $1)`,
    [HOSTILE],
  );
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => database.close());

const run = (...args: string[]): Promise<string> => outputOf(dlqCommand(), args);

it.each([
  ['list', ['list']],
  ['list --json', ['list', '--json']],
  ['show', ['show', 'letter-1']],
])('shows what attackers wrote as text: %s', async (_what, args) => {
  const text = await run(...args);
  expect(text).toContain('gpj');
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});

it('gives JSON that says the same when parsed', async () => {
  expect(JSON.parse(await run('list', '--json'))).toMatchObject({ id: 'letter-1', payload: HOSTILE, stack: HOSTILE });
});

it('says how many letters there are where it lists some of them', async () => {
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack)
     select 'many-' || n, 'line', 's', '', '', '' from generate_series(1, 250) n`,
  );
  expect((await run('list')).split('\n')).toHaveLength(200);
  expect(console.error).toHaveBeenCalledWith('These are the oldest 200 of 251.');
  await database.query(`delete from dead_letters where id like 'many-%'`);
});

const ids = async (): Promise<string[]> =>
  (await database.query<{ id: string }>(`select id from dead_letters order by id`)).map(({ id }) => id);

it('drops the letters that it is told, up to one that is not there', async () => {
  await database.query(
    `insert into dead_letters (id, kind, source, payload, reason, stack)
     values ('drop-1', 'line', 's', '', '', ''), ('drop-2', 'line', 's', '', '', '')`,
  );
  expect(await run('drop', 'drop-1')).toBe('dropped drop-1');
  await expect(run('drop', 'drop-1', 'drop-2')).rejects.toThrow(/no dead letter drop-1/);
  expect(await ids()).toEqual(['drop-2', 'letter-1']);
  expect(await run('drop', 'drop-2')).toBe('dropped drop-2');
  expect(await ids()).toEqual(['letter-1']);
});

it.each(['requeue', 'drop'])('%s wants ids or --all, and not both', async (what) => {
  await expect(run(what)).rejects.toThrow('Give the ids of letters, or --all.');
  await expect(run(what, 'letter-1', '--all')).rejects.toThrow('Give the ids of letters, or --all.');
});

describe('requeue', () => {
  let redisUrl = '';
  let postgresUrl = '';

  beforeAll(async () => ({ redisUrl, postgresUrl } = await testServices(['redis', 'postgres'])));
  beforeEach(async () => {
    vi.stubEnv('DATABASE_URL', postgresUrl);
    vi.stubEnv('REDIS_URL', redisUrl);
    await database.query(
      `insert into dead_letters (id, kind, source, fingerprint, positions, position, payload, reason, stack)
       values ('line-1', 'line', 'access.log', $1, 'bytes', 0, 'GET /', 'bug', '') on conflict do nothing`,
      [`f-${'0'.repeat(32)}`],
    );
  });
  afterEach(() => vi.unstubAllEnvs());

  const waiting = async (queue: QueueBackend): Promise<number> => {
    const { waiting: jobs } = await queue.depth('lines');
    await queue.close();
    return jobs;
  };
  const letters = () => database.query(`select 1 from dead_letters where id = 'line-1'`);

  it('keeps the letter where DATABASE_URL is given and nothing says where the queues are', async () => {
    vi.stubEnv('REDIS_URL', '');
    await expect(run('requeue', 'line-1')).rejects.toThrow(/REDIS_URL/);
    expect(await letters()).toHaveLength(1);
  });

  it('keeps the letter where the queues cannot be reached, and says why', async () => {
    vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1');
    const refused = run('requeue', 'line-1');
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/no letter was touched: Redis .*ECONNREFUSED/);
    expect(await letters()).toHaveLength(1);
  });

  it('gives the line to the queue on Redis, under the prefix of the services', async () => {
    vi.stubEnv('QUEUE_PREFIX', 'dlq-test');
    expect(await run('requeue', 'line-1')).toBe('requeued line-1');
    expect(await waiting(createRedisQueueBackend(redisUrl, { prefix: 'dlq-test' }))).toBe(1);
    expect(await letters()).toEqual([]);
  });

  it('gives lines and jobs back as they were, up to one that is not there', async () => {
    const job = { v: 99, id: 'lb-old' };
    await database.query(
      `insert into dead_letters (id, kind, source, payload, reason, stack) values ('scored/lb-old', 'job', 'scored', $1, 'new', '')`,
      [JSON.stringify(job)],
    );
    await database.query(`update dead_letters set format = 'iis' where id = 'line-1'`);
    vi.stubEnv('QUEUE_PREFIX', 'dlq-kinds');
    const requeued = run('requeue', 'line-1', 'scored/lb-old', 'nowhere', 'letter-1');
    await expect(requeued).rejects.toThrow(/no dead letter nowhere/);
    expect(await ids()).toEqual(['letter-1']);

    const queue = createRedisQueueBackend(redisUrl, { prefix: 'dlq-kinds' });
    const taken: unknown[] = [];
    const take = { concurrency: 1, onError: () => undefined };
    queue.consumer('lines', async ({ data }) => void taken.push(data), take);
    queue.consumer('scored', async ({ data }) => void taken.push(data), take);
    await waitUntil(() => taken.length === 2, { timeoutMs: 20_000, what: 'both jobs' });
    await queue.close();
    expect(taken).toContainEqual(job);
    expect(taken).toContainEqual(expect.objectContaining({ source: 'access.log', format: 'iis', lineCount: 1 }));
  });

  it('gives all of them back, those excepted of which nothing can be made', async () => {
    await database.query(
      `insert into dead_letters (id, kind, source, payload, reason, stack, created_at)
       select 'scored/all-' || n, 'job', 'scored', case when n = 1 then 'not JSON' else '{"v":99}' end, '', '', now() - interval '1 hour'
       from generate_series(1, 250) n`,
    );
    vi.stubEnv('QUEUE_PREFIX', 'dlq-all');
    // The very same call succeeds once those letters are dropped.
    await expect(run('requeue', '--all')).rejects.toMatchObject({
      message: 'Letters that stay where they are: 2.',
      exitCode: EXIT_FAILED,
    });
    expect(console.error).toHaveBeenCalledWith(expect.stringContaining('scored/all-1 holds no job'));
    expect(console.error).toHaveBeenCalledWith(expect.stringContaining('letter-1 does not say where its line stood'));
    expect(await ids()).toEqual(['letter-1', 'scored/all-1']);
    const queue = createRedisQueueBackend(redisUrl, { prefix: 'dlq-all' });
    const [lines, scored] = [await queue.depth('lines'), await queue.depth('scored')];
    await queue.close();
    expect([lines.waiting, scored.waiting]).toEqual([1, 249]);
    await run('drop', 'scored/all-1');
  });

  it('ends where the queue takes no more, and keeps that letter and those after it', async () => {
    await database.query(
      `insert into dead_letters (id, kind, source, payload, reason, stack)
       select 'scored/full-' || n, 'job', 'scored', '{"v":99}', '', '' from generate_series(1, 3) n`,
    );
    vi.stubEnv('QUEUE_PREFIX', 'dlq-full');
    const before = await ids();
    const redis = connectRedis(redisUrl);
    const [, maxmemory] = await redis.config('GET', 'maxmemory');
    // As where it is full, it answers, and refuses what would need more.
    await redis.config('SET', 'maxmemory', 1);
    try {
      await expect(run('requeue', '--all')).rejects.toThrow(/OOM command not allowed/);
    } finally {
      await redis.config('SET', 'maxmemory', maxmemory!);
      redis.disconnect();
    }
    expect(await ids()).toEqual(before);
    const full = ['scored/full-1', 'scored/full-2', 'scored/full-3'];
    expect((await run('requeue', ...full)).split('\n')).toEqual(full.map((id) => `requeued ${id}`));
  });

  it.each([
    ['of a newer version', { ...lineBatchOf(['one', 'two'], { source: 'newer' }), v: 99 }],
    ['with a damaged payload', lineBatchOf(['one', 'two'], { source: 'damaged', payload: '' })],
  ])('keeps the job %s, and its lines in the books, however often it is given back too early', async (_what, data) => {
    vi.stubEnv('QUEUE_PREFIX', 'dlq-rounds');
    const store = new EventStore(database, new Partitions(database));
    const handled: Job[] = [];
    const giveUp = async (job: Job): Promise<void> => {
      const why = readLineBatch(job.data);
      if (why.ok) throw new Error('readable');
      await store.store([deadJobBatch(job, why, Date.now(), 'test')]);
      handled.push(job);
    };
    const queue = createRedisQueueBackend(redisUrl, { prefix: 'dlq-rounds' });
    const letter = `lines/${data.id}`;
    const deadAfter = async (round: number): Promise<{ letter: boolean; lines: number | undefined }> => {
      // While the queue still has the job, giving it back would change nothing.
      const isOver = async () => handled.length === round && (await queue.depth('lines')).active === 0;
      await waitUntil(isOver, { timeoutMs: 20_000, what: `round ${round}` });
      const [tally] = await database.query<{ lines: number }>(
        `select sum(lines)::int as lines from line_tallies where source = $1 and outcome = 'dead_lettered'`,
        [data.source],
      );
      return { letter: (await ids()).includes(letter), lines: tally?.lines };
    };
    try {
      queue.consumer('lines', giveUp, { concurrency: 1, onError: () => undefined });
      await queue.producer('lines').addAll([{ id: data.id, data: data as never }]);
      for (const round of [1, 2]) {
        expect(await deadAfter(round)).toEqual({ letter: true, lines: 2 });
        expect(await run('requeue', letter)).toBe(`requeued ${letter}`);
      }
      expect(await deadAfter(3)).toEqual({ letter: true, lines: 2 });
      expect(await run('drop', letter)).toBe(`dropped ${letter}`);
    } finally {
      await queue.close();
    }
  });

  it('gives the line of the Vigil that runs here to its own queue, whatever Redis the shell knows', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vigil-dlq-'));
    try {
      writeFileSync(join(dataDir, DATABASE_URL_FILE), postgresUrl);
      vi.stubEnv('VIGIL_DATA_DIR', dataDir);
      vi.stubEnv('DATABASE_URL', '');
      expect(await run('requeue', 'line-1')).toBe('requeued line-1');
      expect(await waiting(createPostgresQueueBackend(postgresUrl))).toBe(1);
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  it('drops all of them', async () => {
    expect((await run('drop', '--all')).split('\n')).toContain('dropped line-1');
    expect(await ids()).toEqual([]);
  });
});
