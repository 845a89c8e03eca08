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

/**
 * Oldest first: by what the names say where they say the same thing, a number (`.2` before `.1`) or a time (`-20260301` before
 * `-20260302`), since a copy or a restore changes the time of the last write; between names of different kinds by that time.
 */
export function oldestFirst<S extends Sibling>(base: string, files: readonly S[]): S[] {
  const byKind = new Map<RotationKind, { file: S; numbers: number[] }[]>();
  for (const file of files) {
    const { kind, numbers } = rotationOf(file.path.slice(base.length), file.mtimeMs);
    const same = byKind.get(kind);
    if (same === undefined) byKind.set(kind, [{ file, numbers }]);
    else same.push({ file, numbers });
  }
  const queues = [...byKind.values()].map((same) =>
    same
      .sort((a, b) => compareNumbers(a.numbers, b.numbers) || (a.file.path < b.file.path ? -1 : 1))
      .map(({ file }) => file),
  );
  const merged: S[] = [];
  while (merged.length < files.length) {
    const next = queues.filter(({ length }) => length > 0).reduce((a, b) => (b[0]!.mtimeMs < a[0]!.mtimeMs ? b : a));
    merged.push(next.shift()!);
  }
  return merged;
}

type RotationKind = 'count' | 'date' | 'epoch' | 'other';

/** What the suffix of a rotated file says of its age, as numbers of which lower ones are older. */
function rotationOf(suffix: string, mtimeMs: number): { kind: RotationKind; numbers: number[] } {
  const stamp = suffix.replace(/\.(?:gz|zst)$/, '');
  const count = /^\.(\d{1,4})$/.exec(stamp)?.[1];
  if (count !== undefined) return { kind: 'count', numbers: [-Number(count)] };
  // A year, then a month, a week or a day of the year, and what divides them further: a day, an hour, a number within the day.
  const [date, ...leading] = /^[.-]((?:19|20)\d\d)-?(\d\d)-?(\d\d)?/.exec(stamp) ?? [];
  if (date !== undefined) {
    const further = stamp.slice(date.length).match(/\d+/g) ?? [];
    return { kind: 'date', numbers: [...leading.filter((part) => part !== undefined), ...further].map(Number) };
  }
  // As Apache's rotatelogs writes it, seconds.
  const epoch = /^[.-](\d{9,})$/.exec(stamp)?.[1];
  if (epoch !== undefined) return { kind: 'epoch', numbers: [Number(epoch)] };
  return { kind: 'other', numbers: [mtimeMs] };
}

/** Of two of which one continues the other, the shorter first. */
function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => number !== b[index]);
  if (at === -1) return a.length - b.length;
  return at < b.length ? a[at]! - b[at]! : 1;
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
  const wanted = rotated.filter((file) => !hasPlain(file.path));
  return oldestFirst(path, wanted);
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
