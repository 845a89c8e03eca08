import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKustomize } from './kustomize.ts';
import { checkValues } from './models.ts';
import { workloadsOf, type KubeObject, type Problem } from './objects.ts';
import { allowed } from './policy/network.ts';
import { treeOf } from './policy/policy.ts';
import { applicable, render } from './render.ts';
import { BREACHES, UNKNOWN_FIELDS, WRONG_VALUES, withMistake, type Mistake } from './seeded-mistakes.ts';
import { checkUnknownFields } from './unknown-fields.ts';
import { checkPolicies, verifyObjects } from './verify.ts';
import { checkRules, findPromtool } from './promtool.ts';

/** The first run on a machine fetches packages. */
const FETCH_TIMEOUT_MS = 180_000;

const trees = new Map<string, KubeObject[]>();

beforeAll(async () => {
  const kustomize = await findKustomize();
  await Promise.all(applicable().map(async (path) => trees.set(path, await render(kustomize, path))));
}, FETCH_TIMEOUT_MS);

const broken = (mistake: Mistake): KubeObject[] => withMistake(trees.get(mistake.tree) ?? [], mistake);
const labelsOf = (component: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'vigil',
  'app.kubernetes.io/component': component,
});
const words = (problems: readonly Problem[]): string[] =>
  problems.map(({ object, message }) => `${object}: ${message}`);

describe('the tree', () => {
  test.each(applicable())('%s is right', async (path) => {
    expect(words(await verifyObjects(path, trees.get(path)!))).toEqual([]);
  });

  // They are applied apart, so that no tree by itself shows both ends.
  test.each(['overlays/dev', 'overlays/plain', 'overlays/production'])('%s lets the sidecar example push', (path) => {
    const site = trees.get('examples/nginx-sidecar')!;
    const tree = treeOf(path, [...trees.get(path)!, ...site]);
    const ingestor = { namespace: 'vigil', labels: labelsOf('ingestor') };
    const pushers = workloadsOf(site);
    expect(pushers).toHaveLength(1);
    for (const pusher of pushers) {
      expect(allowed(tree, 'egress', pusher, ingestor, 8081)).toBe(true);
      expect(allowed(tree, 'ingress', ingestor, pusher, 8081)).toBe(true);
    }
  });

  test('every component is part of something that is verified', async () => {
    const kinds = [...trees.values()].flat().map((object) => object.kind);
    for (const kind of [
      'ScaledObject',
      'HorizontalPodAutoscaler',
      'ExternalSecret',
      'DaemonSet',
      'NetworkPolicy',
      'HTTPRoute',
      'Ingress',
    ])
      expect(kinds).toContain(kind);
  });
});

describe('a seeded mistake is found', () => {
  test.each(WRONG_VALUES.map((mistake) => [mistake.name, mistake] as const))('value: %s', async (_name, mistake) => {
    expect(words(await checkValues(broken(mistake)))).toContainEqual(expect.stringMatching(mistake.says));
  });

  test('unknown fields, all of them in one run of the compiler', async () => {
    const found = words(await checkUnknownFields(UNKNOWN_FIELDS.flatMap(broken)));
    for (const { says } of UNKNOWN_FIELDS) expect(found).toContainEqual(expect.stringMatching(says));
    expect(found).toHaveLength(UNKNOWN_FIELDS.length);
  });

  test.each(BREACHES.map((mistake) => [mistake.name, mistake] as const))('policy: %s', (_name, mistake) => {
    expect(words(checkPolicies(mistake.tree, broken(mistake)))).toContainEqual(expect.stringMatching(mistake.says));
  });
});

describe.runIf(existsSync('/usr/bin/apt-get'))('Prometheus’ own tool', () => {
  test(
    'accepts the rules, and they alert on what they should and on nothing else',
    async () => {
      const said = await checkRules(await findPromtool(), trees.get('overlays/production')!);
      expect(said).toMatch(/SUCCESS: \d+ rules found/);
    },
    FETCH_TIMEOUT_MS,
  );

  test('refuses an alert that has become too slow for its test', async () => {
    const mistake = withMistake(trees.get('overlays/production')!, {
      name: 'slow',
      tree: 'overlays/production',
      object: 'PrometheusRule vigil/vigil',
      mutate: (rule) => (rule.spec.groups[1].rules[0].for = '1h'),
      says: /FAILED/,
    });
    await expect(checkRules(await findPromtool(), mistake)).rejects.toThrow(/FAILED[^]*VigilBacklog/);
  });
});

test('refuses an alert that no test raises', async () => {
  const mistake = withMistake(trees.get('overlays/production')!, {
    name: 'untried',
    tree: 'overlays/production',
    object: 'PrometheusRule vigil/vigil',
    mutate: (rule) => (rule.spec.groups[1].rules[0].alert = 'VigilNew'),
    says: /VigilNew/,
  });
  await expect(checkRules('promtool', mistake)).rejects.toThrow('no test in alerts.test.yaml raises VigilNew');
});

describe('without kubectl', () => {
  const empty = mkdtempSync(join(tmpdir(), 'vigil-path-'));
  afterAll(() => rmSync(empty, { recursive: true, force: true }));

  test.runIf(existsSync('/usr/bin/apt-get'))(
    'Kustomize comes from Debian and renders the same',
    async () => {
      const fetched = await findKustomize(empty);
      expect(fetched.origin).toMatch(/Debian/);
      expect(await render(fetched, 'overlays/dev')).toEqual(trees.get('overlays/dev'));
    },
    FETCH_TIMEOUT_MS,
  );

  test.runIf(!existsSync('/usr/bin/apt-get'))('and without apt, the error says what to install', async () => {
    await expect(findKustomize(empty)).rejects.toThrow(/kubectl is not installed.*Install kubectl/s);
  });
});
