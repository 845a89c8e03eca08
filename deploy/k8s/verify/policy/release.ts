import {
  containersOf,
  problem,
  selects,
  type KubeObject,
  type LabelSelector,
  type Problem,
  type Workload,
} from '../objects.ts';
import { ofKind, type Policy, type Tree } from './policy.ts';

const WANTED_LABELS = ['name', 'part-of', 'managed-by'].map((label) => `app.kubernetes.io/${label}`);

/** What makes a release safe to roll out: pinned images, surge, budgets, spread, a migration with a name of its own, labels. */
export const release: Policy = (tree) => [
  ...tree.workloads.flatMap((workload) => [...images(tree, workload), ...labels(workload), ...selector(workload)]),
  ...ofKind(tree, 'Deployment').flatMap((deployment) => [...rollout(deployment), ...budget(tree, deployment)]),
  ...ofKind(tree, 'Job').flatMap((job) => [...migrationName(job), ...migrationTime(job)]),
];

function images(tree: Tree, { pod, object }: Workload): Problem[] {
  return containersOf(pod).flatMap(({ image = '', name }) => {
    const digest = /@sha256:[0-9a-f]{64}$/.test(image);
    const tag = /:([\w.-]+)(?:@|$)/.exec(image)?.[1];
    if (tree.path === 'overlays/production' && !digest)
      return [problem(object, `container ${name}: production takes images by digest, not "${image}"`)];
    return digest || (tag !== undefined && tag !== 'latest')
      ? []
      : [problem(object, `container ${name}: image "${image}" needs a tag other than latest, or a digest`)];
  });
}

function labels({ object, labels: podLabels }: Workload): Problem[] {
  // Made by hand and gone the same hour.
  if (object.kind === 'Pod') return [];
  return [...WANTED_LABELS, 'app.kubernetes.io/component']
    .filter((label) => podLabels[label] === undefined)
    .map((label) => problem(object, `its pods lack the label ${label}`));
}

/** A selector cannot be changed afterwards: it matches the pods of every release, past and to come. */
function selector({ object, labels: podLabels }: Workload): Problem[] {
  const given = object.spec.selector as LabelSelector | undefined;
  if (given === undefined) return [];
  const found: string[] = [];
  if (given.matchLabels?.['app.kubernetes.io/version'] !== undefined)
    found.push('its selector must not hold the version: it could not be changed by the next one');
  if (!selects(given, podLabels)) found.push('its selector does not match its own pods');
  return found.map((message) => problem(object, message));
}

function rollout(deployment: KubeObject): Problem[] {
  const { strategy, template } = deployment.spec;
  const found: string[] = [];
  if (strategy?.rollingUpdate?.maxUnavailable !== 0 || !strategy?.rollingUpdate?.maxSurge)
    found.push('must roll by surge (maxSurge above 0, maxUnavailable 0)');
  if ((template.spec.topologySpreadConstraints ?? []).length === 0) found.push('needs topologySpreadConstraints');
  return found.map((message) => problem(deployment, message));
}

function budget(tree: Tree, deployment: KubeObject): Problem[] {
  const labelsOfPods = deployment.spec.template.metadata.labels;
  const own = ofKind(tree, 'PodDisruptionBudget', deployment.metadata.namespace).filter(({ spec }) =>
    selects(spec.selector, labelsOfPods),
  );
  if (own.length !== 1) return [problem(deployment, `needs one PodDisruptionBudget, not ${own.length}`)];
  const { maxUnavailable, unhealthyPodEvictionPolicy } = own[0]!.spec;
  return maxUnavailable === 1 && unhealthyPodEvictionPolicy === 'AlwaysAllow'
    ? []
    : [
        problem(
          own[0]!,
          'must have maxUnavailable: 1 and unhealthyPodEvictionPolicy: AlwaysAllow, else it blocks drains',
        ),
      ];
}

/** A Job cannot be changed: each release needs a name of its own, or its migration never runs. */
function migrationName(job: KubeObject): Problem[] {
  const version = job.spec.template.metadata?.labels?.['app.kubernetes.io/version'] ?? '';
  return version !== '' && job.metadata.name.endsWith(`-${version.replaceAll('.', '-')}`)
    ? []
    : [problem(job, `its name must end with its version ("${version}", with dashes)`)];
}

/** PostgreSQL takes back what a killed migration did, and the next try is killed as well. */
function migrationTime(job: KubeObject): Problem[] {
  return job.spec.activeDeadlineSeconds === undefined
    ? []
    : [problem(job, 'must have no activeDeadlineSeconds: a migration of a large table never gets done')];
}
