import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/**
 * `pnpm pack:client [FOLDER]`: `@vigil/client` as a package for programs elsewhere, `FOLDER/vigil-client-VERSION.tgz` (here by default):
 * JavaScript and its types, for any Node.js from 20 on and any settings of a compiler. The workspace itself runs from `src`.
 */
const root = resolve(import.meta.dirname, '..');
const client = join(root, 'packages/client');
const folder = resolve(process.argv[2] ?? '.');
const work = join(root, '.cache', `client-${process.pid}`);
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const { name, version, license, type, dependencies } = JSON.parse(
  readFileSync(join(client, 'package.json'), 'utf8'),
) as Record<string, unknown>;

try {
  mkdirSync(work, { recursive: true });
  mkdirSync(folder, { recursive: true });
  const tsc = [join(dirname(typescript), 'bin/tsc'), '--project', join(client, 'tsconfig.pack.json')];
  execFileSync(process.execPath, [...tsc, '--outDir', join(work, 'dist')], { stdio: 'inherit' });
  const exports = { '.': { types: './dist/alert-stream.d.ts', default: './dist/alert-stream.js' } };
  const engines = { node: '>=20' };
  writeFileSync(
    join(work, 'package.json'),
    `${JSON.stringify({ name, version, license, type, engines, exports, dependencies }, null, 2)}\n`,
  );
  cpSync(join(client, 'README.md'), join(work, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(work, 'LICENSE'));
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: work, stdio: ['ignore', 'inherit', 'ignore'] });
} finally {
  rmSync(work, { recursive: true, force: true });
}
