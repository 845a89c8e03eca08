import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { serviceNameOf, workloadsOf, type KubeObject } from './objects.ts';

/** Where the command stands that starts an operator's pod. */
export const OPERATIONS = resolve(import.meta.dirname, '../../../docs/operations.md');

/**
 * The pod that the command in docs/operations.md makes on such a tree, with its Secret and the tree's image of the command line; none
 * where Vigil itself is not in the tree.
 * @throws where the command is not there or is written otherwise
 */
export function operatorPods(objects: readonly KubeObject[], text = readFileSync(OPERATIONS, 'utf8')): KubeObject[] {
  const workloads = workloadsOf(objects);
  const containerOf = (service: string): IContainer | undefined =>
    workloads.find((workload) => serviceNameOf(workload) === service)?.pod.containers[0];
  const gateway = containerOf('gateway');
  if (gateway === undefined) return [];
  const secret = gateway.env?.find(({ name }) => name === 'DATABASE_URL')?.valueFrom?.secretKeyRef?.name ?? '';
  const command =
    /^ *kubectl run (?<name>\S+) .*?--labels=(?<labels>\S+) .*?--override-type=strategic .*?--overrides='(?<json>.*?)' \\\n *-- /ms;
  const found = command.exec(text)?.groups;
  if (found === undefined) throw new Error(`${OPERATIONS} has no \`kubectl run\` with labels and strategic overrides`);
  const { name = '', labels = '', json = '' } = found;
  const { spec } = JSON.parse(json.replaceAll(`'"$connections"'`, secret)) as { spec: IPodSpec };
  const container = spec.containers.find((candidate) => candidate.name === name);
  if (container === undefined)
    throw new Error(`the overrides must name their container ${name}, as kubectl does, or it is another one`);
  container.image = containerOf('migrate')?.image ?? '';
  const metadata = {
    name,
    namespace: 'vigil',
    labels: Object.fromEntries(labels.split(',').map((label) => label.split('='))) as Record<string, string>,
  };
  return [{ apiVersion: 'v1', kind: 'Pod', metadata, spec }];
}
