import { checkValues } from './models.ts';
import type { KubeObject, Problem } from './objects.ts';
import { operatorPods } from './operator-pod.ts';
import { autoscaling } from './policy/autoscaling.ts';
import { monitoring } from './policy/monitoring.ts';
import { network } from './policy/network.ts';
import { treeOf, type Policy } from './policy/policy.ts';
import { probes } from './policy/probes.ts';
import { references } from './policy/references.ts';
import { release } from './policy/release.ts';
import { resources } from './policy/resources.ts';
import { restricted } from './policy/restricted.ts';
import { rotation } from './policy/rotation.ts';
import { serviceEnvironment } from './policy/service-environment.ts';
import { surroundings } from './policy/surroundings.ts';
import { serviceConfigs } from './service-configs.ts';
import type { QueueName } from '@vigil/shared/queue/job-queue';
import { checkUnknownFields } from './unknown-fields.ts';

/** Names of our queues; the compiler refuses one that the code does not have. */
const QUEUES = Object.keys({ lines: true, scored: true } satisfies Record<QueueName, true>);

const POLICIES: readonly Policy[] = [
  restricted,
  resources,
  references,
  probes(serviceConfigs),
  serviceEnvironment(serviceConfigs),
  autoscaling(QUEUES),
  network,
  surroundings,
  release,
  rotation,
  monitoring,
];

/** The project's own policies on one rendered folder, and on the pod that operators start in it by hand. */
export function checkPolicies(path: string, objects: readonly KubeObject[]): Problem[] {
  const tree = treeOf(path, [...objects, ...operatorPods(objects)]);
  return POLICIES.flatMap((policy) => policy(tree));
}

/** Everything that can be told of rendered objects without a cluster: values, unknown fields, policies. */
export async function verifyObjects(path: string, objects: readonly KubeObject[]): Promise<Problem[]> {
  const all = [...objects, ...operatorPods(objects)];
  const [values, unknown] = await Promise.all([checkValues(all), checkUnknownFields(all)]);
  // Policies read typed fields: on objects that do not fit their types they would only stumble.
  return values.length > 0 ? [...values, ...unknown] : [...unknown, ...checkPolicies(path, objects)];
}
