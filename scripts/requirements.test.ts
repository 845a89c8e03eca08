import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const REQUIREMENTS = resolve(import.meta.dirname, 'requirements.mjs');

it('lets run what can', () => {
  expect(start('')).toEqual({ status: 0, stdout: 'started\n', stderr: '' });
});

it.each([
  { where: 'on Windows', made: 'platform: "win32"', says: /^vigil: Windows itself is not supported\. Install WSL/ },
  {
    where: 'where Node.js is too old',
    made: 'versions: { ...process.versions, node: "22.17.1" }',
    says: /^vigil: Node\.js 24 or later is needed here, and this is 22\.17\.1\. Install it/,
  },
])('says what to do $where instead of starting', ({ made, says }) => {
  const process = `for (const [name, value] of Object.entries({ ${made} })) Object.defineProperty(process, name, { value })`;
  expect(start(process)).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(says) });
});

it.each([
  {
    where: 'where another tool than pnpm has installed what there is',
    folder: 'vigil-requirements-',
    says: /^vigil: What this depends on is not installed.* Run: npx -y pnpm@\S+ install\n$/,
  },
  { where: 'in a folder with a * in its path', folder: 'vigil-*-', says: /^vigil: .* a \* in its path\. Move Vigil/ },
])('says what to do $where', ({ folder, says }) => {
  const root = mkdtempSync(join(tmpdir(), folder));
  try {
    for (const name of ['scripts', 'node_modules']) mkdirSync(join(root, name));
    const copy = join(root, 'scripts/requirements.mjs');
    copyFileSync(REQUIREMENTS, copy);
    expect(start('', copy)).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(says) });
  } finally {
    rmSync(root, { recursive: true });
  }
});

it('is asked by every script that the README names, none of which needs a shell of Unix to be read', () => {
  const root = resolve(import.meta.dirname, '..');
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/pnpm(?:@[\d.]+)? (\w+)/g);
  const names = [...new Set(Array.from(named, ([, name]) => name!))].filter((name) => name in scripts);
  expect(names).toEqual(expect.arrayContaining(['start', 'vigil', 'stack', 'test']));
  for (const name of names) expect(scripts[name]).toMatch(/^node --import \.\/scripts\/requirements\.mjs /);
});

/** Runs a program behind the requirements, in a process that `before` has changed. */
function start(before: string, requirements = REQUIREMENTS): Record<'status' | 'stdout' | 'stderr', unknown> {
  const imports = [`data:text/javascript,${encodeURIComponent(before)}`, pathToFileURL(requirements).href];
  const args = [...imports.map((url) => `--import=${url}`), '--eval', 'console.log("started")'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}
