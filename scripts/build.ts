import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/**
 * Writes each package's sources as JavaScript to its `dist`, for deployment only: Node strips no types below node_modules, and that is
 * where `pnpm deploy` puts the packages that a service depends on. A deployed process is started with `node --conditions=built`, which
 * chooses `dist` in each package's `exports`; in the workspace everything runs from `src`, and nothing needs this.
 */
const root = resolve(import.meta.dirname, '..');
const out = join(root, '.cache/build');
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');

rmSync(out, { recursive: true, force: true });
execFileSync(process.execPath, [join(dirname(typescript), 'bin/tsc'), '--project', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
for (const room of ['packages', 'services']) {
  for (const name of readdirSync(join(out, room))) {
    const dist = join(root, room, name, 'dist');
    rmSync(dist, { recursive: true, force: true });
    cpSync(join(out, room, name, 'src'), dist, { recursive: true });
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.js'),
    )) {
      // The compiler turns imports into .js, but not what else names a module.
      if (/new URL\('[^']+\.ts'/.test(readFileSync(join(dist, file), 'utf8')))
        throw new Error(`${room}/${name}: ${file} names a .ts file at run time, which an image does not have`);
    }
  }
}
