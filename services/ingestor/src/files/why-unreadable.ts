import type { Stats } from 'node:fs';

const BY_CODE: Record<string, string> = {
  ENOENT: 'there is no such file; it is read as soon as there is one',
  ENOTDIR: 'a part of the path is no folder; the file is read as soon as there is one',
  EACCES: 'permission denied; let the user that Vigil runs as read the file and enter its folders',
  EPERM: 'permission denied; let the user that Vigil runs as read the file and enter its folders',
  ELOOP: 'the symbolic link leads in a circle; let it lead to the log',
  EMFILE: 'too many open files; raise the limit (ulimit -n) or follow fewer files',
  ENFILE: 'the system has too many open files',
  EIO: 'the disk or file system fails to read it',
};

/** In a name for bytes that are not UTF-8, by which the file cannot be opened again. */
const NO_TEXT = '\u{FFFD}';

/** Why a path cannot be read at present, and what to do. */
export function whyUnreadable(error: unknown): string {
  const { code, message, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && path?.includes(NO_TEXT) === true)
    return 'its name, or that of a folder above it, is not UTF-8; rename it';
  return code === undefined ? message : (BY_CODE[code] ?? `${code}: ${message}`);
}

/** What stands at a path that is no regular file, and what to do; undefined for a regular file. */
export function whyNoFile(stats: Pick<Stats, 'isFile' | 'isDirectory'>): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder; name the files in it, for instance in quotes "folder/*.log"';
  return 'a pipe, socket or device, which cannot be read again after a crash; feed it to standard input and name "-"';
}
