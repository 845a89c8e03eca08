import { dirname, basename, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { isRotatedForm } from './siblings.ts';

/**
 * Files that a glob may follow: without the rotated forms of others, which are read as part of those.
 * @param known paths that are followed already: their rotated forms stay out while they themselves are away
 */
export function withoutRotated(found: readonly string[], known: readonly string[]): string[] {
  const bases = [...new Set([...found, ...known])];
  const isRotated = (path: string): boolean =>
    bases.some((base) => dirname(base) === dirname(path) && isRotatedForm(basename(path), basename(base)));
  return found.filter((path) => !isRotated(path));
}

/**
 * Absolute paths that `INGEST_PATHS` names at present; plain paths whether or not they exist. Apart from them the rotated forms that
 * its globs find.
 */
export async function discover(
  patterns: readonly string[],
  known: readonly string[],
): Promise<{ paths: string[]; rotated: string[] }> {
  const plain = patterns.filter((p) => p !== '-' && !isDynamicPattern(p)).map((p) => resolve(p));
  const dynamic = patterns.filter((p) => p !== '-' && isDynamicPattern(p)).map((p) => resolve(p));
  if (dynamic.length === 0) return { paths: plain, rotated: [] };
  const found = await glob(dynamic, { absolute: true, onlyFiles: true, followSymbolicLinks: true, dot: true });
  const paths = new Set([...plain, ...withoutRotated(found.sort(), [...plain, ...known])]);
  return { paths: [...paths], rotated: found.filter((path) => !paths.has(path)) };
}
