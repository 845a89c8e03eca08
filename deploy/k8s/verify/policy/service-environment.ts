import type { IContainer } from 'kubernetes-models/v1';
import { withNamedOutputs } from '@vigil/dispatcher/sinks/outputs';
import type { z } from 'zod';
import { environmentOf } from '../environment.ts';
import { problem, serviceNameOf, type Problem, type Workload } from '../objects.ts';
import type { Policy, Tree } from './policy.ts';

/** Variables that Node or libraries read, whatever the service. */
const RUNTIME_VARIABLES = /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|TZ|OTEL_[A-Z_]+)$/;

/** Each service's environment fits the schema with which it reads it: all that is required, nothing unknown, values that parse. */
export function serviceEnvironment(configs: Readonly<Record<string, z.ZodObject>>): Policy {
  return (tree) =>
    tree.workloads.flatMap((workload) => {
      const schema = configs[serviceNameOf(workload) ?? ''];
      return schema === undefined ? [] : check(tree, workload, schema);
    });
}

function check(tree: Tree, { pod, object, namespace }: Workload, service: z.ZodObject): Problem[] {
  return pod.containers.flatMap((container) => {
    const environment = environmentOf(container, namespace, tree.sources);
    const schema = withNamedOutputs(service, Object.fromEntries(environment));
    const unknown = [...environment.keys()]
      .filter((name) => !RUNTIME_VARIABLES.test(name) && !(name in schema.shape))
      .map((name) => `gives ${name}, which the service does not know`);
    const known = Object.fromEntries([...environment].filter(([, value]) => value !== undefined && value !== ''));
    const issues = schema.safeParse(known).error?.issues ?? [];
    const bad = issues
      .filter((issue) => {
        const name = String(issue.path[0]);
        // Provided, but the value is only known in the cluster.
        return !(environment.has(name) && environment.get(name) === undefined);
      })
      .map((issue) => {
        const name = String(issue.path[0]);
        return name in known
          ? `gives ${name} a value that the service refuses: ${issue.message}`
          : `does not give ${name}`;
      });
    return [...unknown, ...bad, ...unwritable(container, schema, known)].map((message) =>
      problem(object, `container ${container.name} ${message}`),
    );
  });
}

/** Files that a service writes must lie on a volume: the root file system is read-only. */
function unwritable(container: IContainer, schema: z.ZodObject, known: Record<string, unknown>): string[] {
  const parsed = schema.safeParse(known).data as Record<string, unknown> | undefined;
  const mounts = (container.volumeMounts ?? [])
    .filter((mount) => mount.readOnly !== true)
    .map((mount) => `${mount.mountPath}/`);
  return Object.entries(parsed ?? {})
    .filter(([name, value]) => name === 'CHECKPOINT_PATH' && !mounts.some((mount) => String(value).startsWith(mount)))
    .map(([name, value]) => `would write ${name} to ${String(value)}, which is on no writable volume`);
}
