import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const ROOT = import.meta.dirname;
/** What the bundle is made from; anything newer than the bundle makes it stale. */
const SOURCES = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'];

/** Directory of the built console, to be served at `/`. It may not exist yet: see `buildConsoleIfNeeded`. */
export function consoleDist(): string {
  return path.join(ROOT, 'dist');
}

export type ConsoleBuild = { built: boolean; reason: 'missing' | 'stale' | 'fresh'; tookMs: number };

/**
 * Builds the console where it is missing or older than its sources: a few seconds, so a caller does not wait for it before it
 * serves. The new bundle takes the old one's place in one step, so that a page loaded meanwhile never sees half of it.
 * @throws where the bundler fails, for instance in an installation without development sources
 */
export async function buildConsoleIfNeeded(): Promise<ConsoleBuild> {
  const startedMs = performance.now();
  const reason = await stateOfDist();
  const done = (built: boolean): ConsoleBuild => ({ built, reason, tookMs: Math.round(performance.now() - startedMs) });
  if (reason === 'fresh' || !existsSync(path.join(ROOT, 'src'))) return done(false);
  const { build } = await import('vite');
  const next = `${consoleDist()}.${process.pid}`;
  const previous = `${next}.old`;
  try {
    await build({ root: ROOT, logLevel: 'error', build: { outDir: next, emptyOutDir: true } });
    if (existsSync(consoleDist())) await rename(consoleDist(), previous);
    await rename(next, consoleDist());
  } finally {
    await Promise.all([next, previous].map((dir) => rm(dir, { recursive: true, force: true })));
  }
  return done(true);
}

async function stateOfDist(): Promise<ConsoleBuild['reason']> {
  const index = path.join(consoleDist(), 'index.html');
  if (!existsSync(index)) return 'missing';
  const builtAtMs = (await stat(index)).mtimeMs;
  for (const source of SOURCES) if ((await newestMs(path.join(ROOT, source))) > builtAtMs) return 'stale';
  return 'fresh';
}

async function newestMs(file: string): Promise<number> {
  if (!existsSync(file)) return 0;
  const info = await stat(file);
  if (!info.isDirectory()) return info.mtimeMs;
  const entries = await readdir(file, { recursive: true, withFileTypes: true });
  const times = await Promise.all(
    entries.filter((e) => e.isFile()).map((e) => stat(path.join(e.parentPath, e.name)).then((s) => s.mtimeMs)),
  );
  return Math.max(0, ...times);
}
