import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { programFromPackage } from './package-cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-package-cache-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Stands on the `PATH` in a program's place. */
function putProgram(name: string, script: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

it('leaves nothing of a run that was killed while it fetched', async () => {
  const cache = join(folder, 'cache');
  mkdirSync(join(folder, 'bin'));
  putProgram('apt-get', 'case "$*" in *download*) : > redis-tools.deb ;; esac');
  putProgram('dpkg', `mkdir -p "$3/usr/bin"; cp "${join(folder, 'bin', 'server')}" "$3/usr/bin/redis-server"`);
  putProgram('server', 'echo "Redis server v=99.0.0 sha=0"');
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
  vi.stubEnv('VIGIL_DEV_SERVICES_CACHE', cache);
  const fetched = (): string[] => readdirSync(cache).flatMap((release) => readdirSync(join(cache, release)));

  await programFromPackage('redis');
  const [release = ''] = readdirSync(cache);
  rmSync(join(cache, release, 'redis'), { recursive: true });
  mkdirSync(join(cache, release, 'fetch-AbCdEf', 'tree'), { recursive: true });
  expect((await programFromPackage('redis')).command).toBe(join(cache, release, 'redis/usr/bin/redis-server'));
  expect(fetched()).toEqual(['redis']);
});
