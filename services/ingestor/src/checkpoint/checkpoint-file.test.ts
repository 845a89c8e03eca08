import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/harness.ts';
import { CheckpointError, CheckpointFile } from './checkpoint-file.ts';
import type { Checkpoint } from './checkpoint-state.ts';

let folder: { path: string; dispose: () => Promise<void> };
let path: string;
let file: CheckpointFile;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'checkpoint.json');
  file = new CheckpointFile(path);
});
afterEach(async () => {
  await file.close();
  await folder.dispose();
});

const checkpoint = (savedAtMs: number, sources = 1): Checkpoint => ({
  v: 1,
  savedAtMs,
  sources: Object.fromEntries(
    Array.from({ length: sources }, (_, n) => [`/var/log/é${n}.log`, { sinceMs: n, contents: [], generations: [] }]),
  ),
});
const readAgain = (): Promise<Checkpoint | undefined> => new CheckpointFile(path).read();

describe('the checkpoint file', () => {
  it('is absent at first, and then holds what was written last', async () => {
    expect(await readAgain()).toBeUndefined();
    for (let n = 1; n <= 11; n += 1) {
      await file.write(checkpoint(n));
      expect(await readAgain()).toEqual(checkpoint(n));
    }
  });

  it('is written in place, and replaced where a checkpoint outgrows its slot', async () => {
    await file.write(checkpoint(1));
    const first = await stat(path);
    await file.write(checkpoint(2));
    expect((await stat(path)).ino).toBe(first.ino);
    await file.write(checkpoint(3, 500));
    await file.write(checkpoint(4, 500));
    expect((await stat(path)).size).toBeGreaterThan(first.size);
    expect(await readAgain()).toEqual(checkpoint(4, 500));
  });

  it('holds the checkpoint before where a write was torn, wherever it was', async () => {
    await file.write(checkpoint(1));
    await file.write(checkpoint(2, 3));
    const before = await readFile(path);
    await file.write(checkpoint(3, 2));
    const after = await readFile(path);
    const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
    for (const upTo of [changed[0]! + 1, changed[Math.floor(changed.length / 2)]!, changed.at(-1)!]) {
      await writeFile(path, Buffer.concat([after.subarray(0, upTo), before.subarray(upTo)]));
      expect(await readAgain()).toEqual(checkpoint(2, 3));
    }
  });

  it('keeps what is on disk while later writes are not, so that a power cut that takes all of them leaves it', async () => {
    const disk = Promise.withResolvers<void>();
    file = new CheckpointFile(path, { bringToDisk: () => disk.promise, unsyncedMaxMs: Number.POSITIVE_INFINITY });
    await file.write(checkpoint(1));
    const onDisk = await readFile(path);
    const [record] = onDisk.toString().split('\n', 1);
    // More writes than there are slots.
    for (let n = 2; n <= 9; n += 1) {
      await file.write(checkpoint(n));
      expect((await readFile(path)).toString()).toContain(record);
    }
    expect(await readAgain()).toEqual(checkpoint(9));
    disk.resolve();
    await file.close();
    expect(await readAgain()).toEqual(checkpoint(9));
  });

  it('keeps what is on its way to the disk until it is there', async () => {
    const [asked, disk] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const bringToDisk = (): Promise<void> => {
      asked.resolve();
      return disk.promise;
    };
    file = new CheckpointFile(path, { bringToDisk, unsyncedMaxMs: Number.POSITIVE_INFINITY });
    const recordOf = async (n: number): Promise<string> => {
      await file.write(checkpoint(n));
      const records = (await readFile(path)).toString().split(/ *\n */);
      return records.find((record) => record.includes(` ${JSON.stringify(checkpoint(n))}`))!;
    };
    const kept = [await recordOf(1), await recordOf(2)];
    await asked.promise;
    const contents: string[] = [];
    for (let n = 3; n <= 9; n += 1) {
      await file.write(checkpoint(n));
      contents.push((await readFile(path)).toString());
    }
    disk.resolve();
    for (const content of contents) expect(kept.filter((record) => content.includes(record))).toEqual(kept);
  });

  it('is closed when what was written is on disk', async () => {
    const disk = Promise.withResolvers<void>();
    const happened: string[] = [];
    file = new CheckpointFile(path, { bringToDisk: () => disk.promise.then(() => void happened.push('on disk')) });
    await file.write(checkpoint(1));
    await file.write(checkpoint(2));
    const closed = file.close().then(() => void happened.push('closed'));
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    disk.resolve();
    await closed;
    expect(happened).toEqual(['on disk', 'closed']);
  });

  it('is replaced where the disk refuses what was written, and says so where it refuses that, too', async () => {
    let refusals = 0;
    const bringToDisk = (): Promise<void> => {
      refusals += 1;
      return Promise.reject(new Error('EIO'));
    };
    file = new CheckpointFile(path, { bringToDisk, unsyncedMaxMs: -1 });
    await file.write(checkpoint(1));
    const { ino } = await stat(path);
    await file.write(checkpoint(2));
    expect([refusals, (await stat(path)).ino]).toEqual([1, ino]);
    await file.write(checkpoint(3));
    expect((await stat(path)).ino).not.toBe(ino);
    expect(await readAgain()).toEqual(checkpoint(3));
    // Its second write is brought to disk in vain, and a folder in the way keeps the file from being replaced.
    await file.write(checkpoint(4));
    await mkdir(`${path}.tmp`);
    await expect(file.write(checkpoint(5))).rejects.toThrow(/EISDIR/);
    expect(await readAgain()).toEqual(checkpoint(4));
  });

  it('leaves no file open where it cannot take its place', async () => {
    await mkdir(path);
    for (let n = 1; n <= 3; n += 1) await expect(file.write(checkpoint(n))).rejects.toThrow(/EISDIR|ENOTEMPTY/);
    const open = await readdir('/proc/self/fd');
    const files = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(files.filter((name) => name.startsWith(folder.path))).toEqual([]);
  });

  it('is made anew where it was removed or moved away under a running process', async () => {
    await file.write(checkpoint(1));
    await rm(path);
    await file.write(checkpoint(2));
    expect(await readAgain()).toEqual(checkpoint(2));
    await rename(path, `${path}.away`);
    await file.write(checkpoint(3));
    expect(await readAgain()).toEqual(checkpoint(3));
  });

  it.each(['mkdir', 'mkfifo'])(
    'is not taken for absent where its path leads to what was made by %s: all lines would be read again',
    async (make) => {
      execFileSync(make, [path]);
      await expect(readAgain()).rejects.toThrow(CheckpointError);
      await expect(readAgain()).rejects.toThrow(/cannot be read: it is no file\. Let CHECKPOINT_PATH/);
    },
  );

  it('is refused where it is damaged', async () => {
    await file.write(checkpoint(1));
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('savedAtMs', 'savedAtMS'));
    await expect(readAgain()).rejects.toThrow(CheckpointError);
    await writeFile(path, '');
    await expect(readAgain()).rejects.toThrow(/Move it away/);
  });
});
