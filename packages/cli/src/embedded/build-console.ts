import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** The console in the workspace. A deployed tree has none: there the gateway is told where the built one lies. */
const CONSOLE = path.resolve(import.meta.dirname, '../../../console');
const DIST = path.join(CONSOLE, 'dist');
/** What the bundle is made from; anything newer than the bundle makes it stale. */
const SOURCES = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'];

export interface ConsoleBuild {
  built: boolean;
  reason: 'missing' | 'stale' | 'fresh' | 'no_sources';
  tookMs: number;
}

/**
 * Builds the console where it is missing or older than its sources. It takes a few seconds, so nobody should wait for it before
 * serving; a process of its own, for a bundler would stay in ours for ever. The new bundle takes the old one's place in one step.
 * @throws where the bundler fails or `signal` is aborted
 */
export async function buildConsoleIfNeeded(signal?: AbortSignal): Promise<ConsoleBuild> {
  const startedMs = performance.now();
  const reason = await stateOfDist();
  const result = (built: boolean): ConsoleBuild => ({
    built,
    reason,
    tookMs: Math.round(performance.now() - startedMs),
  });
  if (reason === 'fresh' || reason === 'no_sources') return result(false);
  // Where no other tool looks, should the process be killed in between; and on the same file system, so that it can be renamed.
  const next = path.join(CONSOLE, 'node_modules', `.console-${process.pid}`);
  const previous = `${next}.old`;
  try {
    await runBundler(next, signal);
    if (existsSync(DIST)) await rename(DIST, previous);
    await rename(next, DIST);
  } finally {
    await Promise.all([next, previous].map((folder) => rm(folder, { recursive: true, force: true })));
  }
  return result(true);
}

async function runBundler(outDir: string, signal: AbortSignal | undefined): Promise<void> {
  const vite = path.join(
    path.dirname(createRequire(path.join(CONSOLE, 'package.json')).resolve('vite/package.json')),
    'bin/vite.js',
  );
  const args = [vite, 'build', '--logLevel', 'error', '--emptyOutDir', '--outDir', outDir];
  // Under a test runner NODE_ENV says otherwise, and React would be built with all that helps its developers.
  const env = { ...process.env, NODE_ENV: 'production' };
  const running = promisify(execFile)(process.execPath, args, { cwd: CONSOLE, env, ...(signal && { signal }) });
  if (running.child.pid !== undefined) setPriority(running.child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  await running;
}

async function stateOfDist(): Promise<ConsoleBuild['reason']> {
  if (!existsSync(path.join(CONSOLE, 'src'))) return 'no_sources';
  const index = path.join(DIST, 'index.html');
  if (!existsSync(index)) return 'missing';
  const builtAtMs = (await stat(index)).mtimeMs;
  for (const source of SOURCES) if ((await newestMs(path.join(CONSOLE, source))) > builtAtMs) return 'stale';
  return 'fresh';
}

async function newestMs(file: string): Promise<number> {
  const info = await stat(file);
  if (!info.isDirectory()) return info.mtimeMs;
  const entries = await readdir(file, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const times = await Promise.all(
    files.map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).mtimeMs),
  );
  return Math.max(0, ...times);
}
