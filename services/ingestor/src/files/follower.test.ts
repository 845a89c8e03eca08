import { appendFile, copyFile, mkdir, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { ArchiveSource } from './archive-source.ts';
import { Follower } from './follower.ts';
import { startRun, temporaryFolder, type TestRun } from '../testing/harness.ts';
import { CheckpointFile } from '../checkpoint/checkpoint-file.ts';
import { MemoryProducer, linesOfBatch } from '../testing/memory-producer.ts';

let folder: { path: string; dispose: () => Promise<void> };
let path: string;
let producer: MemoryProducer;
let run: TestRun | undefined;
let nowMs: number;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'access.log');
  producer = new MemoryProducer();
  nowMs = 1_000;
});
afterEach(async () => {
  await run?.stop();
  await folder.dispose();
});

async function start(options: { from?: 'start' | 'end'; path?: string; archive?: boolean } = {}): Promise<void> {
  run = await startRun({ path, checkpointPath: join(folder.path, 'checkpoint'), producer, ...options });
}
async function read(): Promise<void> {
  nowMs += 100;
  await run!.readAll(nowMs);
}
async function stop(): Promise<void> {
  await run!.stop();
  run = undefined;
}
/** Reads, and dies once batches are declared, of which the queue has taken some. */
async function crash(taken: (jobs: number) => number): Promise<void> {
  const offered = Promise.withResolvers<void>();
  producer.failAfter = (jobs) => {
    offered.resolve();
    return taken(jobs);
  };
  await read();
  await offered.promise;
  await run!.crash();
  producer.failAfter = undefined;
}
/** What arrived, once all that was read is accepted. */
async function texts(): Promise<string[]> {
  await read();
  await stop();
  return producer.lines.map(({ text }) => text);
}

describe('Follower', () => {
  it('says of each batch what the columns of its log are, also where it goes on in the middle of one', async () => {
    const columns = (more: string): string => `#Fields: date time c-ip cs-method cs-uri-stem sc-status${more}`;
    const formats = (): unknown[] => producer.distinct.map(({ format }) => format);
    await writeFile(path, `#Software: Microsoft Internet Information Services 10.0\r\n${columns(' a')}\r\n1\n`);
    await start();
    await read();
    await appendFile(path, '2\n');
    await read();
    await stop();
    expect(formats()).toEqual([undefined, columns(' a')]);
    await appendFile(path, `3\n${columns(' b')}\n4\n`);
    await start();
    await read();
    await appendFile(path, '5\n');
    await read();
    await stop();
    expect(formats().slice(2)).toEqual([columns(' a'), columns(' b')]);
    await appendFile(path, `${'filler\n'.repeat(2_000)}${columns(' c')}\n${'filler\n'.repeat(200_000)}`);
    await start();
    await read();
    await stop();
    await appendFile(path, '6\n');
    await start();
    await read();
    await stop();
    expect(formats().at(-1)).toBe(columns(' c'));
  });

  it('reads what was rotated and compressed several times while it was away, oldest first', async () => {
    await writeFile(path, 'a1\na2\n');
    await start();
    await read();
    await stop();
    await writeFile(`${path}.4.gz`, gzipSync('long ago\n'));
    await writeFile(`${path}.3.gz`, gzipSync('a1\na2\na3\n'));
    await writeFile(`${path}.2.zst`, zstdCompressSync('b1\nb2\n'));
    await writeFile(`${path}.1`, 'c1\n');
    await rm(path);
    await writeFile(path, 'd1\n');
    await start();
    expect(await texts()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'd1']);
  });

  it.each(['before the process ends', 'while it is away'])(
    'reads what was rotated while it was away and all that it knew was deleted, also where a clock that was ahead was set back %s',
    async (when) => {
      const timeOfDay = Date.now;
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() + 86_400_000);
      try {
        await writeFile(path, 'one\n');
        await start();
        await read();
        if (when === 'before the process ends') clock.mockRestore();
        await stop();
      } finally {
        clock.mockRestore();
      }
      await rename(path, `${path}.1`);
      await writeFile(path, 'two\n');
      await rename(path, `${path}.1`);
      await writeFile(path, 'three\n');
      await start();
      expect(await texts()).toEqual(['one', 'two', 'three']);
    },
  );

  it('reads nothing again when a rotated file that it has read is compressed', async () => {
    await writeFile(path, 'a1\na2\n');
    await start();
    await read();
    await rename(path, `${path}.1`);
    await writeFile(path, 'b1\n');
    await read();
    nowMs += 10_000;
    await read();
    await stop();
    await writeFile(`${path}.1.gz`, gzipSync('a1\na2\n'));
    await unlink(`${path}.1`);
    await start();
    expect(await texts()).toEqual(['a1', 'a2', 'b1']);
  });

  it('reads nothing again where a glob finds the rotated file and the checkpoint had it as done in between', async () => {
    const rotated = join(folder.path, 'access-20260301.log');
    await writeFile(path, 'a1\n');
    await start();
    await read();
    await rename(path, rotated);
    await writeFile(path, 'b1\n');
    await read();
    const { context } = run!;
    const other = new Follower(rotated, context, { graceMs: 1_000, from: 'start' });
    await other.step(nowMs);
    expect(other.state.state).toBe('duplicate');
    nowMs += 10_000;
    await read();
    // As every batch of another log has it written.
    expect(context.known.snapshot(nowMs).sources[path]?.contents[0]?.done).toBe(true);
    await appendFile(rotated, 'a2\n');
    while (await other.step(nowMs));
    expect(await texts()).toEqual(['a1', 'b1', 'a2']);
    await other.close();
  });

  it('takes lines that a slow writer puts into the old file after the rotation', async () => {
    await writeFile(path, 'a1\n');
    await start();
    await read();
    await rename(path, `${path}.1`);
    await writeFile(path, 'b1\n');
    await read();
    await appendFile(`${path}.1`, 'a2\nunfinished');
    await read();
    nowMs += 10_000;
    await read();
    await read();
    expect(await texts()).toEqual(['a1', 'b1', 'a2', 'unfinished']);
  });

  it('gives contents that begin with the same line fingerprints of their own, also after a restart', async () => {
    await writeFile(path, '#Version: 1.0\na\n');
    await start();
    await read();
    await truncate(path);
    await read();
    await appendFile(path, '#Version: 1.0\nb\n');
    await read();
    await stop();
    await rename(path, `${path}.1`);
    await writeFile(path, '#Version: 1.0\nc\n');
    await start();
    expect(await texts()).toEqual(['#Version: 1.0', 'a', '#Version: 1.0', 'b', '#Version: 1.0', 'c']);
    expect(new Set(producer.lines.map(({ fingerprint }) => fingerprint)).size).toBe(3);
  });

  it('notices a file that was truncated and has grown beyond its place between two looks', async () => {
    await writeFile(path, 'one\n');
    await start();
    await read();
    await writeFile(path, 'another one\nand more\n');
    expect(await texts()).toEqual(['one', 'another one', 'and more']);
  });

  it.each([false, true])(
    'reads what came and was copied away while it had last seen an empty file, also where that is being copied: %s',
    async (isBeingCopied) => {
      const copy = async (): Promise<void> => {
        for (const n of [2, 1]) await rename(`${path}.${n}`, `${path}.${n + 1}`).catch(() => undefined);
        await copyFile(path, `${path}.1`);
      };
      await writeFile(path, 'one\n');
      await start();
      await read();
      await copy();
      await truncate(path);
      await read();
      await appendFile(path, 'two\n');
      await copy();
      await truncate(path);
      await appendFile(path, 'three\n');
      if (isBeingCopied) await copy();
      await read();
      expect(await texts()).toEqual(['one', 'two', 'three']);
    },
  );

  it('tells a log that begins like the one before it by the bytes before its place', async () => {
    const begin = Array.from({ length: 100 }, (_, n) => `begin ${n} ${'x'.repeat(50)}`);
    const ends = ['a', 'b'].map((end) => Array.from({ length: 100 }, (_, n) => `${end} ${n} ${'x'.repeat(50)}`));
    const [first, second] = ends.map((end) => [...begin, ...end]);
    await writeFile(path, first!.map((line) => `${line}\n`).join(''));
    await start();
    await read();
    await stop();
    await writeFile(path, second!.map((line) => `${line}\n`).join(''));
    await start();
    expect(await texts()).toEqual([...first!, ...second!]);
  });

  it('goes on in a file that was replaced by a copy of itself', async () => {
    await writeFile(path, 'one\n');
    await start();
    await read();
    await writeFile(`${path}.edited`, 'one\n');
    await rename(`${path}.edited`, path);
    await read();
    await appendFile(path, 'two\n');
    expect(await texts()).toEqual(['one', 'two']);
  });

  it('follows a symbolic link to where it is turned', async () => {
    const [first, second] = [join(folder.path, 'monday'), join(folder.path, 'tuesday')];
    await writeFile(first, 'm1\n');
    await writeFile(second, 't1\n');
    await symlink(first, path);
    await start();
    await read();
    await appendFile(first, 'm2\n');
    await unlink(path);
    await symlink(second, path);
    expect(await texts()).toEqual(['m1', 'm2', 't1']);
  });

  it('reads a file that was deleted to its end, and the one that is made in its place', async () => {
    await writeFile(path, 'one\n');
    await start();
    await read();
    await appendFile(path, 'two\n');
    await unlink(path);
    await read();
    await writeFile(path, 'three\n');
    expect(await texts()).toEqual(['one', 'two', 'three']);
  });

  it('begins at the end where that is asked, but reads what comes later from its beginning', async () => {
    await writeFile(path, 'old\n');
    await start({ from: 'end' });
    await read();
    await appendFile(path, 'new\n');
    await read();
    await rename(path, `${path}.1`);
    await writeFile(path, 'newer\n');
    expect(await texts()).toEqual(['new', 'newer']);
  });

  it.each(['', 'half', 'old\n'])('begins at the end of what was there at the first look: %j', async (there) => {
    await writeFile(path, there);
    await start({ from: 'end' });
    await read();
    await appendFile(path, ' new 1\nnew 2\n');
    await read();
    await appendFile(path, 'new 3\n');
    expect(await texts()).toEqual([' new 1', 'new 2', 'new 3']);
  });

  it('begins at the end where the process before it ended before its first look', async () => {
    await writeFile(path, 'old 1\nold 2\n');
    await start({ from: 'end' });
    await stop();
    await start({ from: 'end' });
    await read();
    await appendFile(path, 'new\n');
    expect(await texts()).toEqual(['new']);
  });

  it.each([
    ['a part', (jobs: number) => jobs >> 1],
    ['all', (jobs: number) => jobs],
  ])(
    'sends batches that were under way at a crash again with the same ids, of which %s arrived',
    async (_, arrived) => {
      const lines = Array.from({ length: 38 }, (_line, n) => `line ${n}`);
      await writeFile(path, `${lines.join('\n')}\n`);
      await start();
      await crash(arrived);
      // The last batch was not full: of itself it would have other lines now.
      await appendFile(path, 'one more\n');
      await start();
      expect(await texts()).toEqual([...lines, 'one more']);
    },
  );

  it('reads an archive that it was reading when it crashed on from there', async () => {
    await writeFile(`${path}.gz`, gzipSync(Array.from({ length: 40 }, (_, n) => `line ${n}\n`).join('')));
    await start({ path: `${path}.gz`, archive: true });
    await crash((jobs) => jobs);
    await start({ path: `${path}.gz`, archive: true });
    expect(await texts()).toEqual(Array.from({ length: 40 }, (_, n) => `line ${n}`));
    await start({ path: `${path}.gz`, archive: true });
    await read();
    expect(run!.follower.state.state).toBe('done');
    expect(producer.lines.length).toBe(40);
  });

  it('reads each of many archives of one log once, started again, alone or beside the log', async () => {
    const archives = Array.from({ length: 14 }, (_, n) => `${path}.${n + 1}.gz`);
    for (const archive of archives) await writeFile(archive, gzipSync(`first line of ${archive}\nsecond\n`));
    const readArchives = async (): Promise<void> => {
      for (const archive of archives) {
        await start({ path: archive, archive: true });
        await read();
        await stop();
      }
    };
    await readArchives();
    await readArchives();
    await writeFile(path, 'a1\n');
    await start();
    await read();
    await stop();
    await readArchives();
    expect(producer.batches.flatMap(linesOfBatch).length).toBe(2 * archives.length + 1);
  });

  it('leaves old history alone where it is copied beside the log later, with the time of the copy', async () => {
    await writeFile(path, 'a1\n');
    await start();
    await read();
    await stop();
    await rename(path, `${path}-20260302`);
    await writeFile(`${path}-20260303`, 'b1\n');
    await writeFile(path, 'c1\n');
    await writeFile(`${path}-20260301`, 'history\n');
    await start();
    await read();
    expect(await texts()).toEqual(['a1', 'b1', 'c1']);
  });

  it('forgets contents whose files are gone, and reads none again that is there', async () => {
    const rotated = (n: number): string => `${path}-${20260101 + n}`;
    const isAccepted = (): boolean => run!.context.known.of(path).every(({ pending }) => pending === 0);
    await start();
    for (let n = 0; n < 40; n += 1) {
      await writeFile(path, `content ${n}\n`);
      await read();
      nowMs += 2_000;
      await read();
      // Else the one before it, which is not known to be done yet, would be kept as well.
      await waitUntil(isAccepted, { timeoutMs: 20_000, what: 'what was read to be accepted' });
      run!.context.known.snapshot(nowMs);
      await rename(path, rotated(n));
      if (n === 25) {
        await writeFile(`${rotated(20)}.gz`, gzipSync('content 20\n'));
        await unlink(rotated(20));
      }
      if (n >= 20) await rm(rotated(n - 20));
    }
    await texts();
    const checkpoint = await new CheckpointFile(join(folder.path, 'checkpoint')).read();
    // Twenty that are there, eight more, and what became of the last since the last rotation.
    expect(checkpoint?.sources[path]?.contents.length).toBeLessThan(32);
    await start();
    await read();
    expect(producer.batches.flatMap(linesOfBatch).length).toBe(40);
  });

  it.each([
    ['in its first line', Buffer.from('no archive at all'), []],
    ['behind its last line', gzipSync('a1\na2\na3\n').subarray(0, -8), ['a3']],
    ['by junk', Buffer.concat([gzipSync('a1\na2\na3\n'), Buffer.from('junk')]), ['a3']],
  ])('gives a rotated archive up that is damaged %s, and goes on', async (_where, archive, rescued) => {
    await writeFile(path, 'a1\na2\n');
    await start();
    await read();
    await stop();
    await writeFile(`${path}.1.gz`, archive);
    await writeFile(path, 'b1\n');
    await start();
    await read();
    // What came before the damage is delivered first.
    await read();
    expect((await run!.context.metrics.lostContents.get()).values).toMatchObject([{ value: 1 }]);
    expect(await texts()).toEqual(['a1', 'a2', ...rescued, 'b1']);
  });

  it('reads what is left where batches that were under way at a crash are cut off', async () => {
    const lines = Array.from({ length: 200 }, (_, n) => `line ${n} ${'x'.repeat(50)}`);
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    await start();
    await crash(() => 0);
    const left = lines.slice(0, 150);
    await truncate(path, left.join('\n').length + 1);
    await start();
    await read();
    expect((await run!.context.metrics.lostContents.get()).values).toMatchObject([{ value: 1 }]);
    await appendFile(path, 'another\n');
    expect(await texts()).toEqual([...left, 'another']);
    const checkpoint = await new CheckpointFile(join(folder.path, 'checkpoint')).read();
    expect(checkpoint?.sources[path]?.contents).toMatchObject([{ intended: [] }]);
  });

  it('counts an over-long line that never ends', async () => {
    await writeFile(path, `a1\n${'x'.repeat(200)}`);
    await start();
    await read();
    await rename(path, `${path}.1`);
    await writeFile(path, 'b1\n');
    await read();
    nowMs += 10_000;
    await read();
    expect(await texts()).toEqual(['a1', 'b1']);
    expect(producer.rejected).toBe(1);
  });

  it('leaves an archive to the reader that it has under another name', async () => {
    const linked = join(folder.path, 'linked.gz');
    const lines = Array.from({ length: 12_000 }, (_, n) => `line ${n} ${'x'.repeat(100)}`);
    await writeFile(`${path}.gz`, gzipSync(`${lines.join('\n')}\n`));
    await symlink(`${path}.gz`, linked);
    await start({ path: `${path}.gz`, archive: true });
    expect(await run!.follower.step(nowMs)).toBe(true);
    const other = new ArchiveSource(linked, run!.context);
    expect(await other.step(nowMs)).toBe(false);
    expect(other.state).toEqual({ state: 'duplicate', reason: `the same file as ${path}` });
    await read();
    while (await other.step(nowMs));
    expect(other.state.state).toBe('done');
    expect((await texts()).length).toBe(lines.length);
    await other.close();
  });

  describe('where the folder of the log was renamed', () => {
    let moved: string;
    beforeEach(async () => {
      await mkdir(join(folder.path, 'old'));
      path = join(folder.path, 'old', 'access.log');
      moved = join(folder.path, 'new', 'access.log');
    });
    const move = (): Promise<void> => rename(join(folder.path, 'old'), join(folder.path, 'new'));

    it('goes on in it, and in what was rotated meanwhile', async () => {
      await writeFile(path, 'a1\na2\n');
      await start();
      await read();
      await stop();
      await move();
      await appendFile(moved, 'a3\n');
      await rename(moved, `${moved}.2`);
      await writeFile(`${moved}.1.gz`, gzipSync('b1\n'));
      await writeFile(moved, 'c1\n');
      await start({ path: moved, from: 'end' });
      await read();
      await appendFile(moved, 'c2\n');
      await read();
      await stop();
      await start({ path: moved });
      expect(await texts()).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'c2']);
    });

    it('goes on in it after who followed the old path has given it up, and the checkpoint has that', async () => {
      await writeFile(path, 'a1\na2\n');
      await start();
      await read();
      await stop();
      await move();
      await appendFile(moved, 'a3\n');
      await start();
      await read();
      const { context } = run!;
      expect(context.known.snapshot(nowMs).sources[path]?.contents).toMatchObject([{ done: true }]);
      const other = new Follower(moved, context, { graceMs: 1_000, from: 'start' });
      while (await other.step(nowMs));
      expect(await texts()).toEqual(['a1', 'a2', 'a3']);
      await other.close();
    });

    it('sends what was under way again with the same ids', async () => {
      await writeFile(path, Array.from({ length: 38 }, (_, n) => `line ${n}\n`).join(''));
      await start();
      await crash((jobs) => jobs);
      await move();
      await appendFile(moved, 'one more\n');
      await start({ path: moved });
      expect(await texts()).toEqual([...Array.from({ length: 38 }, (_, n) => `line ${n}`), 'one more']);
    });

    it('gives a log that begins with the same line in the old place ids of its own', async () => {
      await writeFile(path, '#Version: 1.0\na1\n');
      await start();
      await read();
      await stop();
      await move();
      await start({ path: moved });
      await read();
      await stop();
      await mkdir(join(folder.path, 'old'));
      await writeFile(path, '#Version: 1.0\nb1\n');
      await start();
      expect(await texts()).toEqual(['#Version: 1.0', 'a1', '#Version: 1.0', 'b1']);
    });
  });
});
