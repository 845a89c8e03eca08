import { environmentOf } from '../environment.ts';
import { problem, type KubeObject, type Problem } from '../objects.ts';
import { ofKind, type Policy, type Tree } from './policy.ts';

/** Keys of BullMQ that hold what is still to be done; any other name reads as an empty list without a word. */
const BULLMQ_KEYS = ['wait', 'prioritized', 'active'];

interface Trigger {
  type: string;
  name?: string;
  metadata: Record<string, string>;
  authenticationRef?: { name: string };
}

/** One autoscaler a Deployment, which then has no `replicas` of its own; KEDA's triggers read what there is. */
export function autoscaling(queues: readonly string[]): Policy {
  return (tree) => {
    const scalers = [...ofKind(tree, 'ScaledObject'), ...ofKind(tree, 'HorizontalPodAutoscaler')];
    return [
      ...ofKind(tree, 'Deployment').flatMap((deployment) => ownership(deployment, scalers)),
      ...scalers.flatMap((scaler) => bounds(tree, scaler)),
      ...ofKind(tree, 'ScaledObject').flatMap((scaler) => keda(tree, scaler, queues)),
    ];
  };
}

function ownership(deployment: KubeObject, scalers: readonly KubeObject[]): Problem[] {
  const owners = scalers.filter(
    ({ metadata, spec }) =>
      metadata.namespace === deployment.metadata.namespace && spec.scaleTargetRef.name === deployment.metadata.name,
  );
  const { replicas } = deployment.spec;
  if (owners.length > 1) return [problem(deployment, 'has two autoscalers; they would fight')];
  if (owners.length === 1 && replicas !== undefined)
    return [problem(deployment, 'must leave `replicas` to its autoscaler: each apply would undo what it decided')];
  return owners.length === 0 && replicas === undefined
    ? [problem(deployment, 'has neither `replicas` nor an autoscaler')]
    : [];
}

function bounds(tree: Tree, scaler: KubeObject): Problem[] {
  const { scaleTargetRef, minReplicaCount, maxReplicaCount, minReplicas, maxReplicas } = scaler.spec;
  const found: string[] = [];
  const target = ofKind(tree, scaleTargetRef.kind ?? 'Deployment', scaler.metadata.namespace).find(
    (object) => object.metadata.name === scaleTargetRef.name,
  );
  if (target === undefined) found.push(`scales ${scaleTargetRef.name}, which is not in the tree`);
  const [min, max] = [minReplicaCount ?? minReplicas, maxReplicaCount ?? maxReplicas];
  if (!(min >= 1 && max > min)) found.push(`needs 1 ≤ least replicas (${min}) < most replicas (${max})`);
  return found.map((message) => problem(scaler, message));
}

function keda(tree: Tree, scaler: KubeObject, queues: readonly string[]): Problem[] {
  const triggers = scaler.spec.triggers as Trigger[];
  const modifiers = scaler.spec.advanced?.scalingModifiers as { formula?: string } | undefined;
  const names = triggers.map((trigger) => trigger.name);
  const used = (modifiers?.formula ?? '').match(/[a-z_]\w*(?!\w*\()/gi)?.filter((word) => word !== 'max') ?? [];
  const found = [
    ...used.filter((word) => !names.includes(word)).map((word) => `the formula names "${word}", which is no trigger`),
    ...names
      .filter((name) => name === undefined || !used.includes(name))
      .map((name) => `trigger "${name}" is not in the formula`),
  ];
  if (scaler.spec.fallback?.behavior !== 'currentReplicasIfHigher')
    found.push('needs a fallback with behavior currentReplicasIfHigher: blindness must not take scorers away');
  if (scaler.spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown === undefined)
    found.push('needs a slow scaleDown (cooldownPeriod acts only on scaling to 0)');
  for (const trigger of triggers) {
    if (trigger.type === 'redis') found.push(...redis(tree, scaler, trigger, queues));
    if (trigger.type === 'prometheus' && trigger.metadata['ignoreNullValues'] !== 'false')
      found.push(
        `trigger ${trigger.name}: ignoreNullValues must be 'false', else a Prometheus without data reads as 0`,
      );
    const auth = trigger.authenticationRef?.name;
    const known = ofKind(tree, 'TriggerAuthentication', scaler.metadata.namespace).some(
      (o) => o.metadata.name === auth,
    );
    if (auth !== undefined && !known)
      found.push(`trigger ${trigger.name}: TriggerAuthentication ${auth} is not in the tree`);
  }
  return found.map((message) => problem(scaler, message));
}

function redis(tree: Tree, scaler: KubeObject, trigger: Trigger, queues: readonly string[]): string[] {
  const { listName = '', address = '' } = trigger.metadata;
  const prefix = queuePrefix(tree, scaler.spec.scaleTargetRef.name);
  const right = queues.flatMap((queue) => BULLMQ_KEYS.map((key) => `${prefix}:${queue}:${key}`));
  const found = right.includes(listName)
    ? []
    : [`trigger ${trigger.name}: BullMQ has no list "${listName}" with jobs to do (there are ${right.join(', ')})`];
  const local = /^([\w-]+)\.([\w-]+)\.svc(?:\.cluster\.local)?:(\d+)$/.exec(address);
  if (local === null) return found;
  const [, name, namespace, port] = local;
  const service = ofKind(tree, 'Service', namespace).find((object) => object.metadata.name === name);
  if (service?.spec.ports.some((entry: { port: number }) => entry.port === Number(port)) !== true)
    found.push(`trigger ${trigger.name}: there is no Service behind ${address}`);
  return found;
}

/** The prefix that the scaled service puts before its queues' names. */
function queuePrefix(tree: Tree, deployment: string): string {
  const workload = tree.workloads.find(
    ({ object }) => object.kind === 'Deployment' && object.metadata.name === deployment,
  );
  const container = workload?.pod.containers[0];
  if (workload === undefined || container === undefined) return 'bull';
  return environmentOf(container, workload.namespace, tree.sources).get('QUEUE_PREFIX') ?? 'bull';
}
