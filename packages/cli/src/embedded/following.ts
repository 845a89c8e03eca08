import { access, constants, stat } from 'node:fs/promises';
import { discover } from '@vigil/ingestor/files/discover';
import { whyNoFile, whyUnreadable } from '@vigil/ingestor/files/why-unreadable';

/** What is followed, in words for the banner: a misspelt path, a folder or a glob that fits nothing must not look like one that is read. */
export async function following(paths: readonly string[]): Promise<string> {
  const named = await Promise.all(paths.map(nameOf));
  return named.join(', ') || 'nothing yet: push lines';
}

async function nameOf(path: string): Promise<string> {
  if (path === '-') return 'standard input';
  const { paths: found } = await discover([path], []);
  if (found.length > 1) return `${path} (${found.length} files)`;
  const problem = found[0] === undefined ? MISSING : await problemOf(found[0]);
  return problem === undefined ? path : `${path} (${problem})`;
}

const MISSING = 'no such file yet';

async function problemOf(path: string): Promise<string | undefined> {
  try {
    const problem = whyNoFile(await stat(path));
    if (problem === undefined) await access(path, constants.R_OK);
    return problem;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? MISSING : whyUnreadable(error);
  }
}
