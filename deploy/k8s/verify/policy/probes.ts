import type { IContainer, IProbe } from 'kubernetes-models/v1';
import type { z } from 'zod';
import { environmentOf } from '../environment.ts';
import { problem, serviceNameOf, type Workload } from '../objects.ts';
import type { Policy, Tree } from './policy.ts';

/** Time between SIGTERM's own bound and SIGKILL, milliseconds. */
const GRACE_MARGIN_MS = 5_000;

/**
 * Startup and readiness ask `/ready`, liveness asks `/health` (never a dependency), all on the port that the service listens on; and
 * SIGKILL comes after the pause, the service's own bound of a shutdown, and a margin.
 */
export function probes(configs: Readonly<Record<string, z.ZodObject>>): Policy {
  return (tree) =>
    tree.workloads.flatMap((workload) => {
      if (!workload.longRunning) return [];
      const schema = configs[serviceNameOf(workload) ?? ''];
      return workload.pod.containers
        .flatMap((container) => [
          ...missing(container),
          ...(schema === undefined ? [] : ours(tree, workload, container, schema)),
        ])
        .map((message) => problem(workload.object, message));
    });
}

function missing(container: IContainer): string[] {
  return (['readinessProbe', 'livenessProbe'] as const)
    .filter((kind) => container[kind] === undefined)
    .map((kind) => `container ${container.name} needs a ${kind}`);
}

function ours(tree: Tree, { pod, namespace }: Workload, container: IContainer, schema: z.ZodObject): string[] {
  const environment = environmentOf(container, namespace, tree.sources);
  const setting = (name: string): number => Number(environment.get(name) ?? defaultOf(schema, name));
  const number = (port: unknown): number =>
    typeof port === 'number' ? port : (container.ports?.find((p) => p.name === port)?.containerPort ?? Number.NaN);
  const found: string[] = [];
  const asks = (kind: string, probe: IProbe | undefined, path: string): void => {
    if (probe?.httpGet?.path !== path) found.push(`${kind} must ask ${path}, not ${probe?.httpGet?.path ?? 'nothing'}`);
    else if (number(probe.httpGet.port) !== setting('OPS_PORT'))
      found.push(`${kind} asks port ${number(probe.httpGet.port)}, but the service answers on ${setting('OPS_PORT')}`);
  };
  asks('startupProbe', container.startupProbe, '/ready');
  asks('readinessProbe', container.readinessProbe, '/ready');
  asks('livenessProbe', container.livenessProbe, '/health');
  const http = container.ports?.find((port) => port.name === 'http')?.containerPort;
  if (http !== undefined && http !== setting('PORT'))
    found.push(`port "http" is ${http}, but the service listens on ${setting('PORT')}`);
  const pauseMs = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
  if (http !== undefined && pauseMs === 0) found.push('a pod behind a Service needs a preStop pause');
  const neededMs = pauseMs + setting('SHUTDOWN_TIMEOUT_MS') + GRACE_MARGIN_MS;
  if ((pod.terminationGracePeriodSeconds ?? 30) * 1000 < neededMs)
    found.push(
      `terminationGracePeriodSeconds must be at least ${neededMs / 1000}: preStop, SHUTDOWN_TIMEOUT_MS and a margin`,
    );
  return found;
}

function defaultOf(schema: z.ZodObject, name: string): unknown {
  return schema.shape[name]?.safeParse(undefined).data;
}
