import { readFileSync } from 'node:fs';
import { containersOf, problem, type Problem, type Workload } from '../objects.ts';
import { OPERATIONS } from '../operator-pod.ts';
import { ofKind, type Policy, type Tree } from './policy.ts';

/** A process keeps the variables that it started with: whatever reads a Secret whose name stays must be restarted by the runbook's steps. */
export const rotation: Policy = (tree) => {
  const steps = /^## Rotate a secret$(.*?)^## /ms.exec(readFileSync(OPERATIONS, 'utf8'))?.[1] ?? '';
  return tree.workloads
    .filter((workload) => workload.longRunning && readsExternalSecret(tree, workload))
    .flatMap((workload) => missingRestart(workload, steps));
};

function readsExternalSecret(tree: Tree, { pod, namespace }: Workload): boolean {
  const names = ofKind(tree, 'ExternalSecret', namespace).map(
    ({ spec, metadata }) => spec.target?.name ?? metadata.name,
  );
  return containersOf(pod).some(({ env = [], envFrom = [] }) =>
    [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ].some((name) => names.includes(name)),
  );
}

function missingRestart({ object, namespace }: Workload, steps: string): Problem[] {
  const kind = object.kind.toLowerCase();
  const commands = [kind, `${kind}/${object.metadata.name}`].map((what) => `rollout restart ${what} -n ${namespace}`);
  return commands.some((command) => steps.includes(command))
    ? []
    : [problem(object, `reads a Secret of one name, and "Rotate a secret" in docs/operations.md does not restart it`)];
}
