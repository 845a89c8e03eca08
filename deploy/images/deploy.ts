import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * `pnpm exec node deploy/images/deploy.ts SERVICE FOLDER`: what an image holds. `pnpm deploy --prod` by the lock file,
 * without what no process reads. Run scripts/build.ts first.
 */
const root = resolve(import.meta.dirname, '../..');
const [service, folder] = process.argv.slice(2);
if (service === undefined || folder === undefined) throw new Error('usage: deploy.ts SERVICE FOLDER');

/** Types, source maps and texts are half of some packages. Licences stay, and what they ask to be kept with them. */
const UNREAD = /(\.d\.[cm]?ts|\.map|\.md|\.markdown|\.tsbuildinfo|\.ts|\.flow)$/;
const LICENCE = /licen[cs]e|notice|copying|copyright/i;

// Optional packages are programs for a laptop (the embedded PostgreSQL, for one); a cluster brings its own.
execFileSync('pnpm', ['--filter', `@vigil/${service}`, 'deploy', '--prod', '--no-optional', resolve(folder)], {
  cwd: root,
  stdio: 'inherit',
});
prune(join(resolve(folder), 'node_modules'));

/** Links are left alone: what they lead to is met under its own name. */
function prune(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (entry.isFile() && UNREAD.test(entry.name) && !LICENCE.test(entry.name)) rmSync(path);
  }
}
