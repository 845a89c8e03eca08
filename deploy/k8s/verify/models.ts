import type { KubeObject, Problem } from './objects.ts';
import { problem } from './objects.ts';

/** The package that holds the models of an API group; groups that are not here belong to Kubernetes itself. */
const PACKAGES: Record<string, string> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'external-secrets.io': '@kubernetes-models/external-secrets',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
};

interface Model {
  new (data: unknown): { validate(): void };
}

interface InvalidError extends Error {
  errors?: { instancePath: string; message?: string; params?: Record<string, unknown> }[];
}

/** Module that holds the class and the type of an object: `kubernetes-models/apps/v1/Deployment`. */
export function modelModule(object: Pick<KubeObject, 'apiVersion' | 'kind'>): string {
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0]! : '';
  return `${PACKAGES[group] ?? 'kubernetes-models'}/${object.apiVersion}/${object.kind}`;
}

/** Types and values of every field that the schemas know, and the fields that they require. */
export async function checkValues(objects: readonly KubeObject[]): Promise<Problem[]> {
  const found = await Promise.all(objects.map(checkValue));
  return found.flat();
}

async function checkValue(object: KubeObject): Promise<Problem[]> {
  const module = modelModule(object);
  let model: Model | undefined;
  try {
    model = ((await import(module)) as Record<string, Model>)[object.kind];
  } catch {
    model = undefined;
  }
  if (model === undefined) return [problem(object, `no schema is known for ${object.apiVersion} ${object.kind}`)];
  try {
    new model(object).validate();
    return [];
  } catch (error) {
    const { errors, message } = error as InvalidError;
    if (errors === undefined) return [problem(object, message)];
    return errors.map((e) =>
      problem(object, `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params ?? {})}`),
    );
  }
}
