import { spawn, type ChildProcess } from 'node:child_process';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { testServices } from '@vigil/dev-services/test-services';
import { lineBatchSchema, type LineBatch } from '@vigil/shared/contracts';
import { createRedisQueueBackend } from '@vigil/shared/queue/redis-queue-backend';
import { expect, it } from 'vitest';
import { waitUntil } from './testing/test-ingestors.ts';
import { temporaryFolder } from './testing/harness.ts';
import { linesOfBatch } from './testing/memory-producer.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

/** Starts the service as a process; resolves once it takes lines in. */
async function launch(env: Record<string, string>): Promise<{ child: ChildProcess; opsUrl: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const record = JSON.parse(line) as { opsUrl?: string };
    if (record.opsUrl === undefined) continue;
    child.stdout.resume();
    return { child, opsUrl: record.opsUrl };
  }
  throw new Error('the ingestor ended before it took lines in');
}

const exit = (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });

function environment(redisUrl: string, prefix: string, path: string): Record<string, string> {
  return {
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: prefix,
    INGEST_PATHS: path,
    HOST: '127.0.0.1',
    PORT: '0',
    OPS_PORT: '0',
    VIGIL_API_KEYS: 'test:ingest:key-of-the-main-test',
  };
}

it('delivers every line once, in batches that repeat exactly, though the process is killed again and again', async () => {
  const folder = await temporaryFolder();
  const { redisUrl } = await testServices(['redis']);
  const queue = createRedisQueueBackend(redisUrl, { prefix: 'ingestor-main' });
  const received = new Map<string, LineBatch>();
  let child: ChildProcess | undefined;
  try {
    const path = join(folder.path, 'access.log');
    const env = {
      ...environment(redisUrl, 'ingestor-main', path),
      CHECKPOINT_PATH: join(folder.path, 'state', 'checkpoint.json'),
      BATCH_LINES_MAX: '7',
    };
    queue.consumer(
      'lines',
      async ({ data }) => {
        const batch = lineBatchSchema.parse(data);
        expect(received.get(batch.id)?.payload ?? batch.payload).toBe(batch.payload);
        received.set(batch.id, batch);
      },
      { concurrency: 1, onError: () => undefined },
    );
    let written = 0;
    const write = async (count: number): Promise<void> => {
      const lines = Array.from({ length: count }, () => `line ${written++}\n`);
      await appendFile(path, lines.join(''));
    };
    await writeFile(path, '');
    for (let life = 0; life < 3; life += 1) {
      ({ child } = await launch(env));
      await write(2_000);
      const enough = received.size + 20;
      await waitUntil(() => received.size >= enough);
      expect(await exit(child, 'SIGKILL')).toBeNull();
      await write(100);
    }
    const last = await launch(env);
    child = last.child;
    const lines = () => [...received.values()].flatMap(linesOfBatch);
    await waitUntil(() => lines().length >= written);
    expect(new Set(lines().map(({ id }) => id)).size).toBe(written);
    expect(new Set(lines().map(({ text }) => text)).size).toBe(written);
    // On a machine where all tests run at once a check may take longer than it is given.
    await waitUntil(async () => (await fetch(`${last.opsUrl}/ready`)).ok);
    expect(await (await fetch(`${last.opsUrl}/metrics`)).text()).toContain('vigil_ingest_lag_bytes');
    expect(await exit(child, 'SIGTERM')).toBe(0);
  } finally {
    child?.kill('SIGKILL');
    await queue.close();
    await folder.dispose();
  }
}, 90_000);

it('reads what was rotated away as soon as it was ready, although it is killed before it looks', async () => {
  const folder = await temporaryFolder();
  const { redisUrl } = await testServices(['redis']);
  const queue = createRedisQueueBackend(redisUrl, { prefix: 'ingestor-ready' });
  const received: LineBatch[] = [];
  let child: ChildProcess | undefined;
  try {
    const path = join(folder.path, 'access.log');
    const env = {
      ...environment(redisUrl, 'ingestor-ready', path),
      CHECKPOINT_PATH: join(folder.path, 'checkpoint.json'),
    };
    const consume = async ({ data }: { data: unknown }): Promise<void> => {
      received.push(lineBatchSchema.parse(data));
    };
    queue.consumer('lines', consume, { concurrency: 1, onError: () => undefined });
    const first = await launch(env);
    child = first.child;
    await waitUntil(async () => (await fetch(`${first.opsUrl}/ready`)).ok);
    child.kill('SIGSTOP');
    await writeFile(path, 'one\n');
    await rename(path, `${path}.1`);
    await writeFile(path, 'two\n');
    await exit(child, 'SIGKILL');
    ({ child } = await launch(env));
    const texts = () => received.flatMap(linesOfBatch).map(({ text }) => text);
    await waitUntil(() => texts().includes('two'));
    expect(texts()).toEqual(['one', 'two']);
    expect(await exit(child, 'SIGTERM')).toBe(0);
  } finally {
    child?.kill('SIGKILL');
    await queue.close();
    await folder.dispose();
  }
});
