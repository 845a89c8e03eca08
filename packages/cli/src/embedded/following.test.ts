import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { following } from './following.ts';

it('tells files that are there from those that are not, and what a glob finds', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-following-'));
  try {
    const [log, missing, none, both] = ['a.log', 'nope.log', '*.gz', '*.log'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
      string,
    ];
    for (const name of ['a.log', 'b.log']) writeFileSync(join(dir, name), '');
    expect(await following([log, missing, none, both, '-'])).toBe(
      `${log}, ${missing} (no such file yet), ${none} (no such file yet), ${both} (2 files), standard input`,
    );
    expect(await following([dir])).toBe(
      `${dir} (a folder; name the files in it, for instance in quotes "folder/*.log")`,
    );
    expect(await following([join(log, 'a.log')])).toMatch(/ \(a part of the path is no folder; .*\)$/);
    expect(await following([])).toBe('nothing yet: push lines');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
