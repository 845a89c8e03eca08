import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { tryLock } from '@vigil/dev-services/file-lock';
import { findOnPath } from '@vigil/dev-services/programs';
import { waitUntil } from '@vigil/dev-services/wait-until';

const run = promisify(execFile);

/** The release that has both programs; what is installed on the system does not matter. */
const SUITE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** `.cache/k8s-verify` in the repository's root. */
const CACHE = resolve(import.meta.dirname, '../../../.cache/k8s-verify');

/**
 * A program out of a package of Debian trixie, without root and without touching the system's own package lists: apt works on a
 * folder of ours with one source, checks the archive's signature against the installed Debian keyring, and the package is unpacked
 * there. Only for programs that need no library but the C library.
 * @throws where there is no apt, no Debian keyring or no network
 */
export async function programFromDebian(packageName: string): Promise<string> {
  const program = join(CACHE, packageName, 'usr/bin', packageName);
  if (existsSync(program)) return program;
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`no packages are fetched for ${process.arch}`);
  for (const tool of ['apt-get', 'dpkg']) {
    if (findOnPath(tool) === undefined)
      throw new Error(`there is no ${tool} here (packages are fetched on Debian only)`);
  }
  if (!existsSync(KEYRING)) throw new Error(`${KEYRING} is missing (package debian-archive-keyring)`);
  mkdirSync(CACHE, { recursive: true });
  const release = await waitUntil(() => tryLock(join(CACHE, 'lock')), {
    timeoutMs: 180_000,
    intervalMs: 100,
    what: `another run that fetches packages`,
  });
  try {
    if (!existsSync(program)) await fetchInto(join(CACHE, packageName), packageName, architecture);
  } finally {
    release();
  }
  return program;
}

async function fetchInto(target: string, packageName: string, architecture: string): Promise<void> {
  const work = mkdtempSync(join(CACHE, 'fetch-'));
  try {
    const env = { ...process.env, APT_CONFIG: aptConfig(work, architecture), LC_ALL: 'C' };
    await run('apt-get', ['update', '-qq'], { env, timeout: 120_000 });
    await run('apt-get', ['download', '-qq', packageName], { cwd: work, env, timeout: 120_000 });
    const deb = readdirSync(work).find((file) => file.endsWith('.deb'));
    if (deb === undefined) throw new Error(`apt-get fetched no ${packageName}`);
    await run('dpkg', ['-x', join(work, deb), join(work, 'tree')], { timeout: 60_000 });
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'tree'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes a configuration that shares nothing with the system but the keyring, and returns its path. */
function aptConfig(work: string, architecture: string): string {
  for (const dir of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(work, dir), { recursive: true });
  writeFileSync(join(work, 'state/status'), '');
  writeFileSync(
    join(work, 'sources.list'),
    `deb [arch=${architecture} signed-by=${KEYRING}] http://deb.debian.org/debian ${SUITE} main\n`,
  );
  const path = join(work, 'apt.conf');
  const lines = {
    'Dir::State': join(work, 'state'),
    'Dir::State::status': join(work, 'state/status'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    // As root apt-get would drop to a user who may not read our folder.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  writeFileSync(
    path,
    Object.entries(lines)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  );
  return path;
}
