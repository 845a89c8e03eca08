import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const TEXTS = globSync(['*.md', '{bench,deploy,docs,packages,services,test}/**/*.md'], {
  cwd: root,
  exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
});
const LINK = /\]\(([^)\s#]*)(?:#([^)\s]+))?\)/g;
const PATH = /`((?:bench|deploy|docs|packages|scripts|services|test|fixtures|src)\/[\w./-]+)`/g;

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

it('leads somewhere by each link', () => {
  expect(TEXTS.length).toBeGreaterThan(12);
  const dead = TEXTS.flatMap((path) =>
    [...read(path).matchAll(LINK)]
      .filter(([, to = '']) => !/^[a-z]+:/.test(to))
      .filter(([, to = '', anchor]) => {
        const target = to === '' ? path : join(dirname(path), to);
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && target.endsWith('.md') && !anchorsOf(read(target)).includes(anchor);
      })
      .map(([link]) => `${path}: ${link}`),
  );
  expect(dead).toEqual([]);
});

it('names no file that is not there', () => {
  const dead = TEXTS.flatMap((path) =>
    [...read(path).matchAll(PATH)]
      .map(([, named]) => named!)
      // From the root, from the text's own folder, or from the package that a section is about.
      .filter((named) => ![named, join(dirname(path), named), join('packages/detection', named)].some(isThere))
      .map((named) => `${path}: ${named}`),
  );
  expect(dead).toEqual([]);
});

/** With or without `.ts`. */
function isThere(path: string): boolean {
  return existsSync(join(root, path)) || existsSync(join(root, `${path}.ts`));
}
