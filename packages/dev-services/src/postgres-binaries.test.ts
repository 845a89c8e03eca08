import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { linkLibraries, majorVersion, PostgresUnavailableError } from './postgres-binaries.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'vigil-postgres-binaries-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, script: string): { postgres: string; initdb: string } {
  const path = join(folder, name);
  writeFileSync(path, script, { mode: 0o755 });
  return { postgres: path, initdb: path };
}

it('links libraries where the install script of the package did not run', () => {
  mkdirSync(join(folder, 'native/lib'), { recursive: true });
  writeFileSync(join(folder, 'native/lib/libpq.so.5.18'), 'library');
  const links = ['native/lib/libpq.so.5', 'native/lib/libpq.so'];
  const list = links.map((target) => ({ source: 'native/lib/libpq.so.5.18', target }));
  writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify(list));
  linkLibraries(folder);
  linkLibraries(folder);
  for (const link of links) expect(readFileSync(join(folder, link), 'utf8')).toBe('library');
});

it('reads the version of programs', async () => {
  expect(await majorVersion(program('postgres', '#!/bin/sh\necho "postgres (PostgreSQL) 18.4"\n'))).toBe('18');
});

it('says why programs do not run', async () => {
  const elsewhere = majorVersion(program('musl', '#!/lib64/no-such-loader.so.2\n'));
  await expect(elsewhere).rejects.toThrow(PostgresUnavailableError);
  await expect(elsewhere).rejects.toThrow(
    /musl does not run: it needs glibc, which this system does not have; on Alpine,/,
  );
  const broken = majorVersion(program('broken', '#!/bin/sh\necho "libicuuc.so.60: no such file" >&2\nexit 127\n'));
  await expect(broken).rejects.toThrow(/broken does not run: libicuuc\.so\.60: no such file$/);
});
