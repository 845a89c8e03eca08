import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
/** Has versions of others, and addresses. */
const FOREIGN =
  /^pnpm-lock\.yaml$|^bench\/RESULTS\.md$|^test\/fixtures\/|^packages\/detection\/(?!package)|\.(?:svg|png)$|^scripts\/release/;

it('a release changes the version wherever it stands, and begins the changelog anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-release-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const texts = globSync(['*.{md,json,yaml,ts}', '{bench,deploy,docs,packages,scripts,services,test}/**/*'], {
    cwd: root,
    exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
  }).filter((path) => !FOREIGN.test(path) && statSync(join(root, path)).isFile());
  for (const path of texts) cpSync(join(root, path), join(folder, path));

  const release = join(root, 'scripts/release.ts');
  execFileSync(process.execPath, [release, '17.4.2', folder]);
  const old = [version, version.replaceAll('.', '-')];
  const left = texts.filter((path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    return (
      path !== 'CHANGELOG.md' &&
      old.some((name) => new RegExp(`(?<![\\d.])${RegExp.escape(name)}(?![\\d.])`).test(text))
    );
  });
  expect(left).toEqual([]);
  expect(readFileSync(join(folder, 'packages/cli/package.json'), 'utf8')).toContain('"version": "17.4.2"');
  expect(readFileSync(join(folder, 'deploy/k8s/base/migrate.yaml'), 'utf8')).toContain('vigil-migrate-17-4-2');
  expect(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8')).toMatch(
    /## Unreleased\n\n## 17\.4\.2 - \d{4}-\d\d-\d\d\n/,
  );
});

it('refuses what is no version', () => {
  expect(() => execFileSync(process.execPath, [join(root, 'scripts/release.ts'), 'v1'], { stdio: 'pipe' })).toThrow(
    'usage',
  );
});
