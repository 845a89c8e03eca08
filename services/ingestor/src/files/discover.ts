import { access } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { escapePath, glob, isDynamicPattern } from 'tinyglobby';
import { isRotatedForm } from './siblings.ts';

/**
 * Files that a glob may follow: without the rotated forms of others, which are read as part of those.
 * @param known paths that are followed already: their rotated forms stay out while they themselves are away
 */
export function withoutRotated(found: readonly string[], known: readonly string[]): string[] {
  const bases = new Set([...found, ...known]);
  return found.filter(
    (path) => !beginningsOf(path).some((base) => bases.has(base) && isRotatedForm(basename(path), basename(base))),
  );
}

/** What a path may be a rotated form of: to compare each of many thousands with each would take minutes. */
function beginningsOf(path: string): string[] {
  const beginnings: string[] = [];
  for (let at = path.lastIndexOf('/') + 2; at < path.length; at += 1)
    if (path[at] === '.' || path[at] === '-') beginnings.push(path.slice(0, at));
  return beginnings;
}

/**
 * Absolute paths that `INGEST_PATHS` names at present: plain ones whether or not they exist, and what fits its globs. A glob that is
 * also the name of something that is there, as `access (1).log` may be, names that as well. Apart from them the rotated forms that the
 * globs find.
 */
export async function discover(
  patterns: readonly string[],
  known: readonly string[],
): Promise<{ paths: string[]; rotated: string[] }> {
  const named = patterns.filter((pattern) => pattern !== '-');
  const plain: string[] = [];
  for (const path of named) if (!isDynamicPattern(path) || (await exists(resolve(path)))) plain.push(resolve(path));
  const folder = escapePath(process.cwd());
  const dynamic = named.filter((pattern) => isDynamicPattern(pattern)).map((pattern) => resolve(folder, pattern));
  if (dynamic.length === 0) return { paths: plain, rotated: [] };
  // From the root: relative to the present folder, a glob that leads up and down again would not find what lies in it.
  const found = await glob(dynamic, {
    cwd: '/',
    absolute: true,
    onlyFiles: true,
    followSymbolicLinks: true,
    dot: true,
  });
  const paths = new Set([...plain, ...withoutRotated(found.sort(), [...plain, ...known])]);
  return { paths: [...paths], rotated: found.filter((path) => !paths.has(path)) };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
