import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { tryLock } from './file-lock.ts';
import { checkProgram, findOnPath, programs } from './programs.ts';
import type { Program } from './programs.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);

/**
 * The packages that hold each server's own files, the one to install first. Debian's `redis-server` has a symbolic link only: the
 * program itself is in `redis-tools`.
 */
const packages = { redis: ['redis-server', 'redis-tools'], nats: ['nats-server'] } as const;

/** What the names of folders begin with in which packages are unpacked. */
const WORK = 'fetch-';

/** `.cache/dev-services` in the repository's root, or VIGIL_DEV_SERVICES_CACHE. */
export function cacheDir(): string {
  return process.env['VIGIL_DEV_SERVICES_CACHE'] ?? resolve(import.meta.dirname, '../../../.cache/dev-services');
}

/**
 * The server program from the distribution's package, which is fetched and unpacked into the cache on first use, together with
 * the shared libraries that this system lacks. Needs apt-get and dpkg, a network, and no root. Two runs at once do it once.
 */
export async function programFromPackage(name: keyof typeof packages): Promise<Program> {
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg') === undefined) {
    throw new Error('no apt-get and dpkg here (packages are fetched on Debian and Ubuntu only)');
  }
  const base = join(cacheDir(), `${releaseName()}-${process.arch}`);
  mkdirSync(base, { recursive: true });
  const root = join(base, name);
  if (!existsSync(root)) {
    // One for all packages, since they share apt's lists.
    const release = await waitUntil(() => tryLock(join(base, 'fetch.lock')), {
      timeoutMs: 180_000,
      intervalMs: 100,
      what: 'end of another run that fetches packages',
    });
    try {
      removeUnfinished(base);
      if (!existsSync(root)) await fetchInto(root, base, packages[name]);
    } finally {
      release();
    }
  }
  const env = { ...process.env, LD_LIBRARY_PATH: libraryPath(root) };
  const { program, versionMin } = programs[name];
  const command = ['usr/bin', 'usr/sbin'].map((dir) => join(root, dir, program)).find((path) => existsSync(path));
  if (command === undefined) throw new Error(`package ${packages[name].join(', ')} holds no ${program}`);
  return checkProgram(command, env, { program, versionMin });
}

/** What a run that was killed has fetched. To be called by whoever holds the lock: nobody else is fetching. */
function removeUnfinished(base: string): void {
  for (const name of readdirSync(base))
    if (name.startsWith(WORK)) rmSync(join(base, name), { recursive: true, force: true });
}

async function fetchInto(root: string, base: string, packageNames: readonly string[]): Promise<void> {
  const work = mkdtempSync(join(base, WORK));
  try {
    const debs = join(work, 'debs');
    mkdirSync(debs);
    try {
      await download(debs, packageNames, []);
    } catch {
      // The system's lists of packages are absent (slim images) or point to versions that are gone: fetch lists of our own.
      const own = ownAptState(join(base, 'apt'));
      await run('apt-get', [...own, 'update'], { timeout: 120_000 });
      await download(debs, packageNames, own);
    }
    const tree = join(work, 'tree');
    mkdirSync(tree);
    for (const deb of readdirSync(debs).filter((file) => file.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(debs, deb), tree], { timeout: 60_000 });
    }
    renameSync(tree, root);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function download(into: string, packageNames: readonly string[], options: readonly string[]): Promise<void> {
  const simulated = await run(
    'apt-get',
    [...options, '-s', '-y', '--no-install-recommends', 'install', ...packageNames],
    {
      timeout: 60_000,
      env: { ...process.env, LC_ALL: 'C' },
    },
  );
  // New ones only: an upgrade ("Inst libc6 [2.35] (…)") would put a second C library before the loader's own.
  const missing = [...simulated.stdout.matchAll(/^Inst (\S+) \(/gm)].map((match) => match[1] ?? '');
  // Already installed, though perhaps not on our PATH: the server's own files are still wanted.
  const names = new Set([...missing, ...packageNames]);
  await run('apt-get', [...options, 'download', ...names], { cwd: into, timeout: 180_000 });
}

/** Options that make apt-get keep its lists in a folder of ours, so that it needs no root. */
function ownAptState(dir: string): string[] {
  mkdirSync(join(dir, 'lists/partial'), { recursive: true });
  mkdirSync(join(dir, 'archives/partial'), { recursive: true });
  return [
    '-o',
    `Dir::State::Lists=${join(dir, 'lists')}`,
    '-o',
    `Dir::Cache=${dir}`,
    '-o',
    'Debug::NoLocking=true',
    // As root apt-get would drop to a user who may not read our folder.
    '-o',
    'APT::Sandbox::User=root',
  ];
}

function libraryPath(root: string): string {
  const dirs = ['lib', 'usr/lib'].flatMap((lib) => {
    const dir = join(root, lib);
    if (!existsSync(dir)) return [];
    const triplets = readdirSync(dir).filter((entry) => entry.includes('-linux-'));
    return [...triplets.map((triplet) => join(dir, triplet)), dir];
  });
  return [...dirs, process.env['LD_LIBRARY_PATH'] ?? ''].filter((dir) => dir !== '').join(':');
}

/** For example `debian-12`, so that a cache that outlives an upgrade of the system is not used with the wrong libraries. */
function releaseName(): string {
  const text = readFileSync('/etc/os-release', 'utf8');
  const value = (key: string) => new RegExp(`^${key}="?([\\w.-]+)`, 'm').exec(text)?.[1] ?? 'unknown';
  return `${value('ID')}-${value('VERSION_ID')}`;
}
