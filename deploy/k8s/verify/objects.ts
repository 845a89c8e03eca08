import type { IPodSpec } from 'kubernetes-models/v1';

/** Any object of the tree, as rendered. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  // The typed models check its shape before any policy looks at it; policies read what they need.
  // oxlint-disable-next-line typescript/no-explicit-any
  spec?: any;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

/** Something wrong with one object: where, and what, in words that tell what to do. */
export interface Problem {
  object: string;
  message: string;
}

/** `Deployment vigil/scorer` */
export function idOf(object: KubeObject): string {
  const { name, namespace } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The problem of an object. */
export function problem(object: KubeObject, message: string): Problem {
  return { object: idOf(object), message };
}

/** A pod template with the object that makes pods of it. */
export interface Workload {
  object: KubeObject;
  namespace: string;
  labels: Record<string, string>;
  pod: IPodSpec;
  /** Runs until somebody stops it: probes and disruption budgets make sense. */
  longRunning: boolean;
}

const LONG_RUNNING = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Everything that makes pods. */
export function workloadsOf(objects: readonly KubeObject[]): Workload[] {
  return objects.flatMap((object) => {
    const template = templateOf(object);
    if (template?.spec?.containers === undefined) return [];
    return {
      object,
      namespace: object.metadata.namespace ?? '',
      labels: template.metadata?.labels ?? {},
      pod: template.spec,
      longRunning: LONG_RUNNING.includes(object.kind),
    };
  });
}

function templateOf(object: KubeObject): { metadata?: Partial<KubeObject['metadata']>; spec?: IPodSpec } | undefined {
  if (object.kind === 'Pod') return object;
  return object.kind === 'CronJob' ? object.spec?.jobTemplate?.spec?.template : object.spec?.template;
}

/** Containers that run beside each other, and those that run before. */
export function containersOf(pod: IPodSpec): IPodSpec['containers'] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** Name of our service that a workload runs (`scorer`), or undefined for what is not ours. */
export function serviceNameOf(workload: Workload): string | undefined {
  return workload.labels['app.kubernetes.io/name'] === 'vigil' && workload.namespace === 'vigil'
    ? workload.labels['app.kubernetes.io/component']
    : undefined;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Kubernetes' label selection; an empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      if (operator === 'In') return value !== undefined && values.includes(value);
      return value === undefined || !values.includes(value);
    })
  );
}
