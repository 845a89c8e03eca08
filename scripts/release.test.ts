import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
/** What has no version of Vigil's, or one that is an example. */
const FOREIGN =
  /^pnpm-lock\.yaml$|^(?:CONTRIBUTING|CHANGELOG)\.md$|^bench\/RESULTS\.md$|^test\/fixtures\/|\.(?:svg|png)$/;

it('a release changes the version wherever it stands, and begins the changelog anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-release-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const texts = globSync(['*.{md,json,yaml,ts}', '{bench,deploy,docs,packages,scripts,services,test}/**/*'], {
    cwd: root,
    exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
  }).filter((path) => !FOREIGN.test(path) && statSync(join(root, path)).isFile());
  for (const path of [...texts, 'CHANGELOG.md']) cpSync(join(root, path), join(folder, path));

  const release = join(root, 'scripts/release.ts');
  execFileSync(process.execPath, [release, '17.4.2', folder]);
  const old = [version, version.replaceAll('.', '-')].map((text) => RegExp.escape(text)).join('|');
  const own = new RegExp(
    String.raw`(?:vigil[^\s@]{0,40}|"version": "|version\('|VERSION=|/version: |newTag: )(?<![\d.])(?:${old})(?![\d.]*\d)`,
  );
  const left = texts.filter((path) => own.test(readFileSync(join(folder, path), 'utf8')));
  expect(left).toEqual([]);
  const [before, after] = [root, folder].map((of) =>
    JSON.parse(readFileSync(join(of, 'packages/cli/package.json'), 'utf8')),
  );
  expect(after).toEqual({ ...before, version: '17.4.2' });
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
