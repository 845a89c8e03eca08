import type { IContainer } from 'kubernetes-models/v1';
import { containersOf, problem, type Problem, type Workload } from '../objects.ts';
import { ofKind, type Policy } from './policy.ts';

/** Namespaces that cannot be `restricted`, and what alone they may do beyond it. */
const EXCEPTIONS: Record<string, { hostPath: boolean; root: boolean }> = {
  // Log files of a node are root's and come by hostPath.
  'vigil-logs': { hostPath: true, root: true },
};
const HARMLESS_VOLUMES = [
  'name',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** Pod Security `restricted`, and more: read-only root, numeric user, no token, no service links. */
export const restricted: Policy = (tree) => [
  ...ofKind(tree, 'Namespace').flatMap((namespace) => {
    const enforced = namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'];
    const wanted = EXCEPTIONS[namespace.metadata.name] === undefined ? 'restricted' : 'privileged';
    return enforced === wanted ? [] : [problem(namespace, `must enforce Pod Security "${wanted}", not "${enforced}"`)];
  }),
  ...ofKind(tree, 'ServiceAccount')
    .filter((account) => (account as { automountServiceAccountToken?: boolean }).automountServiceAccountToken !== false)
    .map((account) => problem(account, 'automountServiceAccountToken must be false')),
  ...tree.workloads.flatMap((workload) => [...podProblems(workload), ...workloadContainers(workload)]),
];

function podProblems(workload: Workload): Problem[] {
  const { pod, object } = workload;
  const allowed = EXCEPTIONS[workload.namespace];
  const found: string[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const) {
    if (pod[field] === true) found.push(`${field} must not be set`);
  }
  if (pod.automountServiceAccountToken !== false) found.push('automountServiceAccountToken must be false');
  if (pod.enableServiceLinks !== false) found.push('enableServiceLinks must be false');
  if (pod.serviceAccountName === undefined) found.push('serviceAccountName must name an account of its own');
  if (pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault')
    found.push('seccompProfile must be RuntimeDefault');
  const user = pod.securityContext?.runAsUser;
  if (allowed?.root !== true) {
    if (pod.securityContext?.runAsNonRoot !== true) found.push('runAsNonRoot must be true');
    if (user === undefined || user === 0) found.push('runAsUser must be a number above 0');
  }
  for (const volume of pod.volumes ?? []) {
    const kinds = Object.keys(volume).filter((key) => !HARMLESS_VOLUMES.includes(key));
    const refused = kinds.filter((kind) => !(kind === 'hostPath' && allowed?.hostPath === true));
    if (refused.length > 0) found.push(`volume ${volume.name} is a ${refused.join(', ')}, which "restricted" refuses`);
    if (volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined)
      found.push(`emptyDir ${volume.name} needs a sizeLimit`);
  }
  return found.map((message) => problem(object, message));
}

function workloadContainers({ pod, object, namespace }: Workload): Problem[] {
  const rootAllowed = EXCEPTIONS[namespace]?.root === true;
  return containersOf(pod).flatMap((container) =>
    containerProblems(container, rootAllowed).map((message) =>
      problem(object, `container ${container.name}: ${message}`),
    ),
  );
}

function containerProblems({ securityContext: context, ports }: IContainer, rootAllowed: boolean): string[] {
  const found: string[] = [];
  if (context?.allowPrivilegeEscalation !== false) found.push('allowPrivilegeEscalation must be false');
  if (context?.privileged === true) found.push('must not be privileged');
  if (context?.readOnlyRootFilesystem !== true) found.push('readOnlyRootFilesystem must be true');
  if (context?.capabilities?.drop?.includes('ALL') !== true) found.push('must drop ALL capabilities');
  if ((context?.capabilities?.add ?? []).length > 0) found.push('must not add capabilities');
  if (!rootAllowed && context?.runAsUser === 0) found.push('must not run as root');
  if (context?.runAsNonRoot === false) found.push('runAsNonRoot must not be false');
  if ((ports ?? []).some((port) => port.hostPort !== undefined)) found.push('must not take a hostPort');
  return found;
}
