import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** `.1`, `-20260301`, `.2026-03-01-1772323200`, `.old`, `.bak`, each perhaps compressed. */
const ROTATED_SUFFIX = /^(?:[.-]\d[\d.T_-]*|[.-](?:old|bak|prev))?(?:\.(?:gz|zst))?$/;

/** Whether `name` looks like a rotated form of `base` (file names without folder). */
export function isRotatedForm(name: string, base: string): boolean {
  if (name === base || !name.startsWith(base)) return false;
  return ROTATED_SUFFIX.test(name.slice(base.length));
}

/** The file that an archive was rotated from, so that its lines have the ids they had there: `a.log.2.gz` gives `a.log`. */
export function originalOfArchive(path: string): string {
  return path.replace(/(?:[.-](?:\d[\d.T_-]*|old|bak|prev))?\.(?:gz|zst)$/, '');
}

export interface Sibling {
  path: string;
  mtimeMs: number;
}

/** Oldest first: by number where both have one (`.2` before `.1`), else by the time of the last write. */
export function compareAge(base: string, a: Sibling, b: Sibling): number {
  const numberA = rotationNumber(base, a.path);
  const numberB = rotationNumber(base, b.path);
  if (numberA !== undefined && numberB !== undefined && numberA !== numberB) return numberB - numberA;
  return a.mtimeMs - b.mtimeMs || (a.path < b.path ? -1 : 1);
}

function rotationNumber(base: string, path: string): number | undefined {
  const digits = /^\.(\d{1,4})(?:\.(?:gz|zst))?$/.exec(path.slice(base.length))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Rotated forms of a log, oldest first. One that stands there plain and compressed is given plain only. */
export async function listSiblings(path: string): Promise<Sibling[]> {
  const folder = dirname(path);
  const base = basename(path);
  const names = await readdir(folder).catch(() => []);
  const rotated = names.filter((name) => isRotatedForm(name, base));
  const plain = new Set(rotated);
  const siblings: Sibling[] = [];
  for (const name of rotated) {
    if (plain.has(name.replace(/\.(?:gz|zst)$/, '')) && /\.(?:gz|zst)$/.test(name)) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) siblings.push({ path: join(folder, name), mtimeMs: found.mtimeMs });
  }
  return siblings.sort((a, b) => compareAge(path, a, b));
}
