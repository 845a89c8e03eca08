import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createLogger } from '@vigil/shared/logging/logger';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestIngestors, push, waitUntil } from './testing/test-ingestors.ts';
import { linesOfBatch } from './testing/memory-producer.ts';

let ingestors: TestIngestors;
beforeEach(async () => {
  ingestors = await TestIngestors.open();
});
afterEach(() => ingestors.close());

describe('followed files', () => {
  it('reach the queue through late creation, rotation and a restart, each line once', async () => {
    const path = join(ingestors.folder, 'access.log');
    const first = await ingestors.start({ INGEST_PATHS: [path] });
    ingestors.consume(first.queue);
    await writeFile(path, 'one\ntwo\n');
    await waitUntil(() => ingestors.texts().length === 2);
    await rename(path, `${path}.1`);
    await appendFile(`${path}.1`, 'late\n');
    await writeFile(path, 'three\nhal');
    await waitUntil(() => ingestors.texts().length === 4);
    await first.stop();
    await appendFile(path, 'f\nfour\n');
    const second = await ingestors.start({ INGEST_PATHS: [path] });
    ingestors.consume(second.queue);
    await waitUntil(() => ingestors.texts().length === 6);
    expect(ingestors.texts()).toEqual(['one', 'two', 'late', 'three', 'half', 'four']);
    const ids = ingestors.received.flatMap(linesOfBatch).map(({ id }) => id);
    expect(new Set(ids).size).toBe(6);
  });

  it('are found by globs as they come up; their rotated forms are no sources of their own', async () => {
    const { queue, registry } = await ingestors.start({
      INGEST_PATHS: [join(ingestors.folder, '*.log*')],
      DISCOVER_INTERVAL_MS: 20,
    });
    ingestors.consume(queue);
    await writeFile(join(ingestors.folder, 'a.log'), 'a1\n');
    await waitUntil(() => ingestors.texts().length === 1);
    await rename(join(ingestors.folder, 'a.log'), join(ingestors.folder, 'a.log.1'));
    await writeFile(join(ingestors.folder, 'b.log'), 'b1\n');
    await waitUntil(() => ingestors.texts().length === 2);
    await writeFile(join(ingestors.folder, 'a.log'), 'a2\n');
    await waitUntil(() => ingestors.texts().length === 3);
    expect(ingestors.texts().sort()).toEqual(['a1', 'a2', 'b1']);
    expect(await registry.metrics()).toContain('vigil_lines_read_total{source_kind="file"} 3');
  });

  it.each(['start', 'end'] as const)(
    'are read from their beginning where they come up and are rotated while nobody looks, from the %s or not',
    async (from) => {
      const path = join(ingestors.folder, 'new.log');
      const config = { INGEST_PATHS: [join(ingestors.folder, '*.log')], INGEST_FROM: from };
      const first = await ingestors.start(config);
      ingestors.consume(first.queue);
      await first.stop();
      await writeFile(`${path}.2.gz`, gzipSync('one\n'));
      await writeFile(`${path}.1`, 'two\n');
      await writeFile(path, 'three\n');
      const second = await ingestors.start(config);
      ingestors.consume(second.queue);
      await waitUntil(() => ingestors.texts().length >= 3);
      await second.stop();
      const third = await ingestors.start(config);
      ingestors.consume(third.queue);
      await appendFile(path, 'four\n');
      await waitUntil(() => ingestors.texts().includes('four'));
      expect(ingestors.texts()).toEqual(['one', 'two', 'three', 'four']);
    },
  );

  it.each([
    ['is older than the last look', { isOlder: true }],
    ['has a rotated form that is older than the last look', { hasOlder: true }],
    ['has a rotated form that is older than the last look and was written to since', { isWritten: true }],
    ['is named by another glob than before', { glob: 'site*.log' }],
    ['is named by a path of its own now', { glob: 'site.log' }],
  ])('are new to whoever follows them where one %s: what was rotated before is left alone', async (_what, how) => {
    const {
      isOlder = false,
      hasOlder = false,
      isWritten = false,
      glob = '*.log',
    }: { isOlder?: boolean; hasOlder?: boolean; isWritten?: boolean; glob?: string } = how;
    // File systems have a coarser clock: what was made just before is taken for new.
    const pass = async (): Promise<void> => {
      const nowMs = Date.now();
      await waitUntil(() => Date.now() > nowMs + 50);
    };
    const path = join(ingestors.folder, 'site.log');
    const hidden = join(ingestors.folder, 'site.hidden');
    if (isOlder) await writeFile(hidden, 'there before\n');
    if (isWritten) await writeFile(`${path}.1`, 'long ago\n');
    await pass();
    const first = await ingestors.start({ INGEST_PATHS: [join(ingestors.folder, '*.log')], INGEST_FROM: 'end' });
    await first.stop();
    if (hasOlder) {
      await writeFile(`${path}.2`, 'long ago\n');
      await utimes(`${path}.2`, 1, 1);
    }
    await appendFile(`${path}.1`, 'yesterday\n');
    if (isOlder) await rename(hidden, path);
    else await writeFile(path, 'there before\n');
    await pass();
    const second = await ingestors.start({ INGEST_PATHS: [join(ingestors.folder, glob)], INGEST_FROM: 'end' });
    ingestors.consume(second.queue);
    // What comes before it has looked is not read either.
    await waitUntil(async () => {
      await appendFile(path, 'now\n');
      return ingestors.texts().length > 0;
    });
    expect([...new Set(ingestors.texts())]).toEqual(['now']);
  });

  it('are read from their beginning where the clock was set back since the last look', async () => {
    const config = { INGEST_PATHS: [join(ingestors.folder, '*.log')], INGEST_FROM: 'end' as const };
    const timeOfDay = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() + 86_400_000);
    try {
      await (await ingestors.start(config)).stop();
    } finally {
      clock.mockRestore();
    }
    const path = join(ingestors.folder, 'site.log');
    await writeFile(`${path}.1`, 'one\n');
    await writeFile(path, 'two\n');
    const second = await ingestors.start(config);
    ingestors.consume(second.queue);
    await waitUntil(() => ingestors.texts().length === 2);
    expect(ingestors.texts()).toEqual(['one', 'two']);
    // What it knows is kept as anything else is.
    await second.stop();
    await appendFile(path, 'three\n');
    const third = await ingestors.start(config);
    ingestors.consume(third.queue);
    await waitUntil(() => ingestors.texts().length === 3);
  });

  it('are read once where two paths lead to one, and on under the path that is left', async () => {
    await mkdir(join(ingestors.folder, 'a'));
    await writeFile(join(ingestors.folder, 'a', 'access.log'), 'one\n');
    const config = {
      INGEST_PATHS: [join(ingestors.folder, '*', 'access.log')],
      DISCOVER_INTERVAL_MS: 20,
    };
    const first = await ingestors.start(config);
    ingestors.consume(first.queue);
    await waitUntil(() => ingestors.texts().length === 1);
    await rename(join(ingestors.folder, 'a'), join(ingestors.folder, 'b'));
    await waitUntil(async () => (await first.registry.metrics()).includes('state="duplicate"} 1'));
    await appendFile(join(ingestors.folder, 'b', 'access.log'), 'two\n');
    await waitUntil(() => ingestors.texts().length === 2);
    await first.stop();
    await symlink(join(ingestors.folder, 'b'), join(ingestors.folder, 'c'));
    await appendFile(join(ingestors.folder, 'b', 'access.log'), 'three\n');
    const second = await ingestors.start(config);
    ingestors.consume(second.queue);
    await waitUntil(async () => (await second.registry.metrics()).includes('state="duplicate"} 1'));
    await waitUntil(() => ingestors.texts().length === 3);
    expect(ingestors.texts()).toEqual(['one', 'two', 'three']);
  });

  it('are read on where both the old path and the new one are named', async () => {
    await mkdir(join(ingestors.folder, 'old'));
    const [old, moved] = [join(ingestors.folder, 'old', 'access.log'), join(ingestors.folder, 'new', 'access.log')];
    await writeFile(old, 'one\n');
    const first = await ingestors.start({ INGEST_PATHS: [old] });
    ingestors.consume(first.queue);
    await waitUntil(() => ingestors.texts().length === 1);
    await first.stop();
    await rename(join(ingestors.folder, 'old'), join(ingestors.folder, 'new'));
    await appendFile(moved, 'two\n');
    const second = await ingestors.start({ INGEST_PATHS: [moved, old] });
    ingestors.consume(second.queue);
    await waitUntil(() => ingestors.texts().length === 2);
    expect(ingestors.texts()).toEqual(['one', 'two']);
  });

  it('that are compressed are read once and have the ids of the log that they come from', async () => {
    const path = join(ingestors.folder, 'access.log');
    await writeFile(path, 'one\ntwo\n');
    const live = await ingestors.start({ INGEST_PATHS: [path] });
    ingestors.consume(live.queue);
    await waitUntil(() => ingestors.texts().length === 2);
    await live.stop();
    const ids = ingestors.received.flatMap(linesOfBatch).map(({ id }) => id);
    ingestors.received = [];
    await writeFile(`${path}.2.gz`, gzipSync('one\ntwo\nthree'));
    const archive = await ingestors.start({
      INGEST_PATHS: [`${path}.2.gz`],
      CHECKPOINT_PATH: join(ingestors.folder, 'other.json'),
    });
    ingestors.consume(archive.queue);
    await archive.ingestor.done;
    await waitUntil(() => ingestors.texts().length === 3);
    const again = ingestors.received.flatMap(linesOfBatch);
    expect(again.map(({ id }) => id).slice(0, 2)).toEqual(ids);
    expect(again[2]?.text).toBe('three');
  });

  it('give what an archive holds before its damage, and its rest once it is whole', async () => {
    const path = join(ingestors.folder, 'access.log.1.gz');
    const lines = Array.from({ length: 40_000 }, (_value, n) => `line ${n} ${Math.sin(n)}`);
    const whole = gzipSync(lines.join('\n'));
    await writeFile(path, whole.subarray(0, whole.length / 2));
    const config = { INGEST_PATHS: [path] };
    const first = await ingestors.start(config);
    ingestors.consume(first.queue);
    await first.ingestor.done;
    await waitUntil(() => ingestors.texts().length > 1_000);
    await first.stop();
    await writeFile(path, whole);
    const second = await ingestors.start(config);
    ingestors.consume(second.queue);
    await second.ingestor.done;
    await waitUntil(() => ingestors.texts().length >= lines.length);
    expect(ingestors.texts()).toEqual(lines);
  });

  it('that are compressed are read where a rotation puts them into the place of others', async () => {
    const [newest, older] = [join(ingestors.folder, 'access.log.1.gz'), join(ingestors.folder, 'access.log.2.gz')];
    await writeFile(newest, gzipSync('day 1\n'));
    const { queue, registry } = await ingestors.start({
      INGEST_PATHS: [join(ingestors.folder, '*.gz')],
      DISCOVER_INTERVAL_MS: 20,
    });
    ingestors.consume(queue);
    await waitUntil(async () => (await registry.metrics()).includes('state="done"} 1'));
    await rename(newest, older);
    await writeFile(newest, gzipSync('day 2\n'));
    await waitUntil(() => ingestors.texts().length === 2);
    expect(ingestors.texts()).toEqual(['day 1', 'day 2']);
  });

  it('that are still being compressed are read to their end once they are whole', async () => {
    const path = join(ingestors.folder, 'access.log.1.gz');
    const lines = Array.from({ length: 40_000 }, (_value, n) => `line ${n} ${Math.sin(n)}`);
    const whole = gzipSync(lines.join('\n'));
    // Their first line is not complete at first.
    const portions = [30, whole.length / 2, whole.length];
    await writeFile(path, '');
    const { queue, registry } = await ingestors.start({ INGEST_PATHS: [path], DISCOVER_INTERVAL_MS: 20 });
    ingestors.consume(queue);
    for (const end of portions) {
      await waitUntil(async () => (await registry.metrics()).includes('state="done"} 1'));
      await writeFile(path, whole.subarray(0, end));
    }
    await waitUntil(() => ingestors.texts().length >= lines.length);
    expect(ingestors.texts()).toEqual(lines);
  });

  it('that are compressed are let go of where they vanish before they are read', async () => {
    const path = join(ingestors.folder, 'access.log.1.gz');
    const { url, queue, registry } = await ingestors.start({
      INGEST_PATHS: [join(ingestors.folder, '*.gz')],
      DISCOVER_INTERVAL_MS: 20,
      QUEUE_DEPTH_MAX: 1,
    });
    await push(url, { lines: ['fills the queue'] });
    await waitUntil(async () => (await registry.metrics()).includes('\nvigil_backpressure_active 1\n'));
    await writeFile(path, gzipSync('one\n'));
    await waitUntil(async () => (await registry.metrics()).includes('vigil_ingest_sources{state="waiting"} 1'));
    await rm(path);
    ingestors.consume(queue);
    await waitUntil(async () => !(await registry.metrics()).includes('vigil_ingest_sources{state='));
    await waitUntil(() => ingestors.texts().length > 0);
    expect(ingestors.texts()).toEqual(['fills the queue']);
  });

  it('are let go of when they are gone, and read on where they come back', async () => {
    const path = join(ingestors.folder, 'c.log');
    await writeFile(join(ingestors.folder, 'b.log'), 'b1\n');
    await symlink(join(ingestors.folder, 'b.log'), path);
    const { queue, registry } = await ingestors.start({
      INGEST_PATHS: [join(ingestors.folder, '*.log')],
      DISCOVER_INTERVAL_MS: 20,
    });
    ingestors.consume(queue);
    await waitUntil(async () => (await registry.metrics()).includes('state="duplicate"} 1'));
    await rm(path);
    await waitUntil(async () => !/state="(duplicate|waiting)"/.test(await registry.metrics()));
    await writeFile(path, 'c1\n');
    await appendFile(join(ingestors.folder, 'b.log'), 'b2\n');
    await waitUntil(() => ingestors.texts().length === 3);
    expect(ingestors.texts().sort()).toEqual(['b1', 'b2', 'c1']);
  });

  it('are read on while the clock is set back', async () => {
    const path = join(ingestors.folder, 'access.log');
    await writeFile(path, 'one\n');
    const { queue } = await ingestors.start({ INGEST_PATHS: [path] });
    ingestors.consume(queue);
    await waitUntil(() => ingestors.texts().length === 1);
    const timeOfDay = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() - 3_600_000);
    try {
      await appendFile(path, 'two\n');
      await waitUntil(() => ingestors.texts().length === 2);
      expect(ingestors.texts()).toEqual(['one', 'two']);
    } finally {
      clock.mockRestore();
    }
  });

  it('are read although a pipe that nobody writes to stands beside them', async () => {
    const path = join(ingestors.folder, 'access.log');
    execFileSync('mkfifo', [`${path}.2.gz`, join(ingestors.folder, 'pipe.gz')]);
    await writeFile(path, 'one\n');
    const { queue } = await ingestors.start({ INGEST_PATHS: [join(ingestors.folder, 'pipe.gz'), path] });
    ingestors.consume(queue);
    await waitUntil(() => ingestors.texts().length === 1);
    expect(ingestors.texts()).toEqual(['one']);
  });

  it('are left out, and named once, where their path is too long to be the name of a source', async () => {
    const deep = join(ingestors.folder, ...Array<string>(3).fill('d'.repeat(200)));
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, 'long.log'), 'too deep\n');
    await writeFile(join(ingestors.folder, 'short.log'), 'one\n');
    let said = '';
    const log = createLogger('test', 'error', { write: (record) => void (said += record) });
    const paths = [join(deep, '*.log'), join(ingestors.folder, '*.log')];
    const { queue } = await ingestors.start({ INGEST_PATHS: paths, DISCOVER_INTERVAL_MS: 10 }, { log });
    ingestors.consume(queue);
    await waitUntil(() => ingestors.texts().length === 1);
    // Found by a later look than the first.
    await writeFile(join(ingestors.folder, 'later.log'), 'two\n');
    await waitUntil(() => ingestors.texts().length === 2);
    expect(ingestors.texts()).toEqual(['one', 'two']);
    expect(said.match(/more than 512 characters/g)).toHaveLength(1);
  });

  it('are left out, and named once, where they are archives of which nothing can be read', async () => {
    const path = join(ingestors.folder, 'access.log');
    for (const ending of ['xz', 'bz2']) await writeFile(`${path}.2.${ending}`, 'no text\n');
    await writeFile(path, 'one\n');
    let said = '';
    const log = createLogger('test', 'error', { write: (record) => void (said += record) });
    const settings = { INGEST_PATHS: [`${path}*`], DISCOVER_INTERVAL_MS: 10 };
    const { queue } = await ingestors.start(settings, { log });
    ingestors.consume(queue);
    await waitUntil(() => ingestors.texts().length === 1);
    await writeFile(`${path}-other`, 'two\n');
    await waitUntil(() => ingestors.texts().length === 2);
    expect(ingestors.texts()).toEqual(['one', 'two']);
    expect(said.match(/access\.log\.2\.(?:xz|bz2)".*only \.gz and \.zst are unpacked/g)).toHaveLength(2);
  });

  it('wait, with a reason, while they cannot be read', async () => {
    const path = join(ingestors.folder, 'access.log');
    await mkdir(path);
    const { queue, registry } = await ingestors.start({ INGEST_PATHS: [path] });
    ingestors.consume(queue);
    await waitUntil(async () => (await registry.metrics()).includes('vigil_ingest_sources{state="not_a_file"} 1'));
    await rm(path, { recursive: true });
    await writeFile(path, 'one\n');
    await waitUntil(() => ingestors.texts().length === 1);
    expect(await registry.metrics()).toContain('vigil_ingest_sources{state="following"} 1');
  });
});

it('reads standard input to its end, and says that it has ended', async () => {
  const stdin = new PassThrough();
  let said = '';
  const log = createLogger('test', 'warn', { write: (record) => void (said += record) });
  const { queue, ingestor } = await ingestors.start({ INGEST_PATHS: ['-'] }, { stdin, log });
  ingestors.consume(queue);
  stdin.write('one\ntw');
  await waitUntil(() => ingestors.texts().length === 1);
  expect(said).toBe('');
  stdin.end('o\nthree');
  await ingestor.done;
  await waitUntil(() => ingestors.texts().length === 3);
  expect(ingestors.texts()).toEqual(['one', 'two', 'three']);
  expect(ingestors.received.every(({ source }) => source === 'stdin')).toBe(true);
  expect(said).toContain('standard input has ended');
});

describe('backpressure', () => {
  it('stops reading and answers 503 at the bound, and goes on once the queue is worked off', async () => {
    const path = join(ingestors.folder, 'access.log');
    // More than is under way at once, beyond the bound: two flights of 64 batches and what one read of 1 MiB brings.
    const lines = Array.from({ length: 600 }, (_, n) => `line ${n} ${'x'.repeat(15_000)}`);
    await writeFile(path, `${lines.join('\n')}\n`);
    const { url, queue, registry } = await ingestors.start({
      INGEST_PATHS: [path],
      BATCH_LINES_MAX: 1,
      QUEUE_DEPTH_MAX: 60,
    });
    let refused: Response | undefined;
    await waitUntil(async () => {
      refused = await push(url, { lines: [] });
      return refused.status === 503;
    });
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/);
    await waitUntil(async () => (await registry.metrics()).includes('\nvigil_backpressure_active 1\n'));
    expect((await queue.depth('lines')).waiting).toBeLessThan(lines.length);
    expect(await registry.metrics()).toMatch(/vigil_ingest_lag_bytes\{source=".*access.log"\} [1-9]/);
    ingestors.consume(queue);
    // Batches of one line: to look into all of them each time would take longer than to handle them.
    await waitUntil(() => ingestors.received.length === lines.length);
    expect(ingestors.texts()).toEqual(lines);
    await waitUntil(async () => (await push(url, { lines: [] })).status === 202);
  });
});

describe('faults', () => {
  it('of the queue, even half-way through a flight, lose nothing and repeat no batch id with other lines', async () => {
    const path = join(ingestors.folder, 'access.log');
    await writeFile(path, Array.from({ length: 300 }, (_, n) => `line ${n}\n`).join(''));
    let calls = 0;
    const wrap = (queue: QueueBackend): QueueBackend => ({
      ...queue,
      producer: (name) => {
        const producer = queue.producer(name);
        return {
          addAll: async (jobs) => {
            calls += 1;
            if (calls % 3 === 0) return producer.addAll(jobs);
            await producer.addAll(jobs.slice(0, jobs.length >> 1));
            throw new Error('connection lost');
          },
        };
      },
    });
    const { queue } = await ingestors.start({ INGEST_PATHS: [path], BATCH_LINES_MAX: 10 }, { wrap });
    ingestors.consume(queue);
    await waitUntil(() => new Set(ingestors.received.map(({ id }) => id)).size === 30);
    const distinct = new Map(ingestors.received.map((batch) => [batch.id, batch]));
    const lines = [...distinct.values()].flatMap(linesOfBatch).map(({ text }) => text);
    expect(new Set(lines)).toEqual(new Set(Array.from({ length: 300 }, (_, n) => `line ${n}`)));
    expect(lines.length).toBe(300);
  });

  it('of the checkpoint stop reading, show in readiness, and heal by themselves', async () => {
    const path = join(ingestors.folder, 'access.log');
    const state = join(ingestors.folder, 'state');
    await writeFile(path, 'one\n');
    const { queue, readiness, registry } = await ingestors.start({ INGEST_PATHS: [path] });
    ingestors.consume(queue);
    await waitUntil(() => ingestors.texts().length === 1);
    // The file is gone, and where a new one should go stands a folder: writing fails whoever we are, root included.
    await mkdir(join(state, 'checkpoint.json.tmp'));
    await rm(join(state, 'checkpoint.json'));
    await appendFile(path, 'two\n');
    await waitUntil(async () => !(await readiness.ready()).ok);
    expect(ingestors.texts()).toEqual(['one']);
    expect(await registry.metrics()).toMatch(/vigil_checkpoint_write_failures_total [1-9]/);
    await rm(join(state, 'checkpoint.json.tmp'), { recursive: true });
    await waitUntil(() => ingestors.texts().length === 2);
    await waitUntil(async () => (await readiness.ready()).ok);
  });
});
