import { createReadStream } from 'node:fs';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { compressedAdvice } from '@vigil/detection/text/compressed';
import { looksUtf16, UTF16_ADVICE } from '@vigil/detection/text/utf16';
import { openArchive } from '@vigil/ingestor/files/stream-bytes';
import { compressionOf, isDamage } from '@vigil/ingestor/files/unpack';
import { EXIT_FAILED, UserError } from './exit.ts';

const READ_BYTES = 1024 * 1024;

const WHY_UNREADABLE: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder; name the files in it',
  ELOOP: 'the symbolic link leads in a circle',
  ENAMETOOLONG: 'the name is too long',
};

const WHY_UNWRITABLE: Record<string, string> = {
  ...WHY_UNREADABLE,
  ENOENT: 'there is no such folder; make it first',
  EISDIR: 'it is a folder; name a file in it',
  EROFS: 'its file system is read-only; name a file elsewhere',
  ENOSPC: 'the disk is full; free some of it, or name a file on another one',
  EDQUOT: 'the quota of this user is used up; free some of it, or name a file elsewhere',
};

/**
 * The bytes of a log, `.gz` and `.zst` unpacked, or of standard input for `-`.
 * @throws UserError where it cannot be read; what an archive holds before its damage is given out first
 */
export async function* readLog(path: string): AsyncGenerator<Buffer> {
  let isFirst = true;
  try {
    for await (const bytes of chunksOf(path)) {
      const advice = isFirst ? whyNoText(bytes) : undefined;
      if (advice !== undefined) throw new Error(advice);
      isFirst = false;
      yield bytes;
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function whyNoText(beginning: Buffer): string | undefined {
  return looksUtf16(beginning) ? UTF16_ADVICE : compressedAdvice(beginning);
}

function chunksOf(path: string): AsyncIterable<Buffer> {
  if (path === '-') return process.stdin;
  return compressionOf(path) === undefined ? createReadStream(path, { highWaterMark: READ_BYTES }) : unpacked(path);
}

async function* unpacked(path: string): AsyncGenerator<Buffer> {
  const archive = openArchive(path);
  let position = 0;
  try {
    for (;;) {
      const { bytes, behind, damage } = await archive.read(position);
      if (bytes.length > 0) yield bytes;
      position += bytes.length;
      if (damage !== undefined) throw damage;
      if (behind === 'final') return;
    }
  } finally {
    await archive.close();
  }
}

/** @throws UserError that names each path which is no readable file, before work is done on the others */
export async function requireFiles(paths: readonly string[]): Promise<void> {
  const problems = await Promise.all(paths.map(problemOf));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new UserError(found.join('\n'));
}

async function problemOf(path: string): Promise<string | undefined> {
  if (path === '-') return undefined;
  try {
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return unreadable(path, error).message;
  }
}

/** @throws UserError where the file cannot be read */
export async function readText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): Promise<string> {
  try {
    return await readFile(path, encoding);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = isDamage(error)
    ? `the archive is damaged or cut off (${message})`
    : (WHY_UNREADABLE[code ?? ''] ?? message);
  return new UserError(`Cannot read ${path}: ${reason}.`);
}

/** What no other call would change: the very same one succeeds once there is room, or the disk works. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EIO']);

/** Why a file that the user named cannot be written. */
export function unwritable(path: string, error: unknown): UserError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const text = `Cannot write ${path}: ${WHY_UNWRITABLE[code] ?? message}.`;
  return new UserError(text, PASSING.has(code) ? { exitCode: EXIT_FAILED } : {});
}
