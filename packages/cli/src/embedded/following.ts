import { existsSync } from 'node:fs';
import { discover } from '@vigil/ingestor/files/discover';

/** What is followed, in words for the banner: a misspelt path or a glob that fits nothing must not look like one that is read. */
export async function following(paths: readonly string[]): Promise<string> {
  const named = await Promise.all(paths.map(nameOf));
  return named.join(', ') || 'nothing yet: push lines';
}

async function nameOf(path: string): Promise<string> {
  if (path === '-') return 'standard input';
  const found = (await discover([path], [])).paths.filter((file) => existsSync(file));
  if (found.length === 0) return `${path} (no such file yet)`;
  return found.length === 1 ? path : `${path} (${found.length} files)`;
}
