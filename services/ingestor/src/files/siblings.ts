import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FILE_CLOCK_LAG_MS } from '../checkpoint/known-contents.ts';
import { inodeNumber } from './inode.ts';

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

/** A rotated form of a log that is there. */
export interface RotatedFile extends Sibling {
  /** When the file was made, epoch ms; zero where the file system does not keep it. */
  birthMs: number;
  dev: number;
  ino: number;
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

/** Rotated forms of a log, plain and compressed, in no order. */
export async function listRotated(path: string): Promise<RotatedFile[]> {
  const folder = dirname(path);
  const base = basename(path);
  const names = await readdir(folder).catch(() => []);
  const files: RotatedFile[] = [];
  for (const name of names) {
    if (!isRotatedForm(name, base)) continue;
    const found = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    const { mtimeNs, birthtimeNs, dev, ino } = found;
    files.push({
      path: join(folder, name),
      mtimeMs: Number(mtimeNs) / 1e6,
      birthMs: Number(birthtimeNs) / 1e6,
      dev: Number(dev),
      ino: inodeNumber(ino),
    });
  }
  return files;
}

/** Rotated forms of a log, oldest first. One that stands there plain and compressed is given plain only. */
export async function listSiblings(path: string): Promise<Sibling[]> {
  const rotated = await listRotated(path);
  const names = new Set(rotated.map((file) => file.path));
  const hasPlain = (name: string): boolean => {
    const plain = name.replace(/\.(?:gz|zst)$/, '');
    return plain !== name && names.has(plain);
  };
  return rotated.filter((file) => !hasPlain(file.path)).sort((a, b) => compareAge(path, a, b));
}

/**
 * Whether a log, with all its rotated forms, came up after a look that did not find it. Not where the present file is older, as where
 * its folder could not be read then, nor where a rotated form is: that is an old log, which somebody else may have read.
 * @param lookMs when that look began, epoch ms
 */
export async function hasComeUpAfter(path: string, lookMs: number): Promise<boolean> {
  const sinceMs = lookMs - FILE_CLOCK_LAG_MS;
  const birthMs = (await stat(path).catch(() => undefined))?.birthtimeMs ?? 0;
  if (birthMs < sinceMs) return false;
  // A log that was compressed since is a new file with an old time; one that a server still writes to, an old file with a new one.
  return (await listRotated(path)).every((file) => Math.min(file.mtimeMs, file.birthMs) >= sinceMs);
}
