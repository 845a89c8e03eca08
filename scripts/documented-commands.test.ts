import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const TEXTS = globSync('{*.md,{bench,deploy,docs,packages,scripts,services,test}/**/*.{md,ts}}', {
  cwd: root,
  exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
});
/** A source given to whatever Node is installed, which need not be the one that the workspace brings and that can read it. */
const INSTALLED_NODE = /(?<!pnpm exec )(?<![\w./:-])node (?:--\S+ )*[\w./-]+\/[\w.-]+\.ts\b/;

it('names no command that takes an older Node where the workspace brings its own', () => {
  expect(TEXTS.length).toBeGreaterThan(500);
  const found = TEXTS.flatMap((path) =>
    readFileSync(resolve(root, path), 'utf8')
      .split('\n')
      .filter((line) => INSTALLED_NODE.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
