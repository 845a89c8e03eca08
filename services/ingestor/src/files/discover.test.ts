import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../testing/harness.ts';
import { discover } from './discover.ts';

/** A folder that has to be quoted in a glob, as the present one, with these files. */
async function folderOf(names: readonly string[]): Promise<string> {
  const { path, dispose } = await temporaryFolder();
  onTestFinished(dispose);
  const folder = join(path, 'logs (1) [a] {b}');
  await mkdir(folder);
  for (const name of names) await writeFile(join(folder, name), '');
  const present = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  onTestFinished(() => present.mockRestore());
  return folder;
}

it.each(['access (1).log', 'a(b|c).log', 'a[1].log', 'a*b.log', 'a?b.log', '!a.log', 'a\\b.log'])(
  'finds a file by its name, whatever a glob would make of that: %s',
  async (name) => {
    const folder = await folderOf([name, 'other.log']);
    for (const pattern of [name, join(folder, name)])
      expect(await discover([pattern], [])).toEqual({ paths: [join(folder, name)], rotated: [] });
  },
);

it('finds files by a glob below a folder of any name', async () => {
  const folder = await folderOf(['a.log', 'b.log', 'b.log.1', 'c.txt']);
  const paths = ['a.log', 'b.log'].map((name) => join(folder, name));
  const rotated = [join(folder, 'b.log.1')];
  expect(await discover(['*.log*'], [])).toEqual({ paths, rotated });
  expect(await discover(['../*/*.log*'], [])).toEqual({ paths, rotated });
});

it('has a plain path that leads nowhere yet', async () => {
  const folder = await folderOf([]);
  expect(await discover(['later.log'], [])).toEqual({ paths: [join(folder, 'later.log')], rotated: [] });
});
