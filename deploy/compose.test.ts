import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { serviceConfigs } from './k8s/verify/service-configs.ts';

const ROOT = resolve(import.meta.dirname, '..');
interface Compose {
  services: Record<
    string,
    {
      build?: { target: string };
      environment?: Record<string, string>;
      healthcheck?: { test: unknown[] };
      logging?: { driver: string };
      volumes?: string[];
    }
  >;
}
const { services } = parse(readFileSync(resolve(ROOT, 'compose.yaml'), 'utf8'), { merge: true }) as Compose;
const dockerfile = readFileSync(resolve(ROOT, 'deploy/images/Dockerfile'), 'utf8');

test.each(Object.keys(serviceConfigs))(
  'compose gives %s what it asks for and nothing that it does not know',
  (name) => {
    const schema = serviceConfigs[name]!;
    const entries = Object.entries(services[name]?.environment ?? {});
    // `${NAME:-default}` as Compose reads it.
    const environment = Object.fromEntries(
      entries.map(([key, value]) => [key, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]),
    );
    expect(schema.strict().safeParse(environment).error?.issues ?? []).toEqual([]);
  },
);

test('health checks are commands, each part of them text', () => {
  const commands = Object.values(services).flatMap(({ healthcheck }) => healthcheck?.test ?? []);
  expect(commands.filter((part) => typeof part !== 'string')).toEqual([]);
  expect(commands.length).toBeGreaterThan(0);
});

test('every image that compose builds is a target of the Dockerfile', () => {
  const targets = Object.values(services).flatMap(({ build }) => (build === undefined ? [] : [build.target]));
  expect(targets).toHaveLength(5);
  for (const target of targets) expect(dockerfile).toMatch(new RegExp(`^FROM \\S+ AS ${target}$`, 'm'));
});

test('checkpoints are kept on a volume, in a folder that the image gives to the user who writes them', () => {
  const { environment, volumes } = services['ingestor']!;
  const folder = dirname(environment!['CHECKPOINT_PATH']!);
  expect(volumes).toContainEqual(`ingestor:${folder}`);
  const stage = dockerfile.slice(dockerfile.indexOf(' AS ingestor\n'), dockerfile.indexOf(' AS scorer\n'));
  expect(stage).toMatch(new RegExp(`^COPY .*--chown=65532:65532 \\S+ ${folder}$`, 'm'));
});

test('no log grows without bound: a service tells of each attack in its own', () => {
  // Docker's default driver, json-file, never rotates; this one does.
  for (const [name, { logging }] of Object.entries(services)) expect([name, logging?.driver]).toEqual([name, 'local']);
});

test.each(['.gitignore', '.dockerignore'])(
  'the file with the keys is in %s: no layer and no commit holds it',
  (file) => {
    expect(readFileSync(resolve(ROOT, file), 'utf8').split('\n')).toContain('.env');
  },
);
