import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { testServices } from '@vigil/dev-services/test-services';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { scoredBatchSchema, type ScoredBatch } from '@vigil/shared/contracts';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { expect, it } from 'vitest';
import { lineBatchOf, logLine } from './testing/line-batch.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const BATCHES = 40;
const LINES = 50;
const ATTACK = '/item?id=1%27%20union%20select%20password%20from%20users--';

/** Starts the service as a process; resolves once it has started. */
async function launch(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if ((JSON.parse(line) as { msg: string }).msg !== 'started') continue;
    child.stdout.resume();
    return child;
  }
  throw new Error('the scorer ended before it started');
}

const exit = (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });

it(
  'scores every batch although the process is killed midway, and stops in order when asked to',
  { timeout: 120_000 },
  async () => {
    const { redisUrl } = await testServices(['redis']);
    const prefix = 'scorer-main';
    const env = {
      REDIS_URL: redisUrl,
      QUEUE_PREFIX: prefix,
      HOST: '127.0.0.1',
      OPS_PORT: '0',
      SCORER_WARM_UP_LINES: '2000',
    };
    const queue = createRedisQueueBackend(redisUrl, { prefix });
    const scored = new Map<string, ScoredBatch>();
    let child: ChildProcess | undefined;
    try {
      queue.consumer(
        'scored',
        async ({ data }) => {
          const batch = scoredBatchSchema.parse(data);
          // A batch that comes again has the same events.
          const ids = (of: ScoredBatch): string[] => of.detections.map(({ id }) => id);
          expect(ids(scored.get(batch.id) ?? batch)).toEqual(ids(batch));
          scored.set(batch.id, batch);
        },
        { concurrency: 1, onError: () => undefined },
      );
      await waitUntil(() => queue.ping().then(() => true), { timeoutMs: 30_000, what: 'the queue answers' });
      child = await launch(env);
      const batches = Array.from({ length: BATCHES }, (_value, i) =>
        lineBatchOf(
          Array.from({ length: LINES }, (_line, j) => logLine(j % 10 === 0 ? ATTACK : `/page/${j}`, { second: i })),
          { firstPosition: i * 100_000 },
        ),
      );
      await queue.producer('lines').addAll(batches.map((data) => ({ id: data.id, data })));
      await waitUntil(() => scored.size > 0, { timeoutMs: 30_000, what: 'the first batch' });
      await exit(child, 'SIGKILL');
      child = await launch(env);
      await waitUntil(() => scored.size === BATCHES, { timeoutMs: 60_000, what: 'all batches' });
      const events = [...scored.values()].flatMap((batch) => batch.detections.map(({ id }) => id));
      expect(new Set(events).size).toBe((BATCHES * LINES) / 10);
      expect(events).toHaveLength((BATCHES * LINES) / 10);
      expect(await exit(child, 'SIGTERM')).toBe(0);
    } finally {
      child?.kill('SIGKILL');
      await queue.close();
    }
  },
);
