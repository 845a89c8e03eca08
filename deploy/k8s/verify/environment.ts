import type { IContainer } from 'kubernetes-models/v1';
import type { KubeObject } from './objects.ts';

/** A variable of a container; `undefined` where the value is only known in the cluster (an external secret, the downward API). */
export type Environment = Map<string, string | undefined>;

/** Keys of each ConfigMap and Secret by `namespace/name`; values where the tree has them. */
export class Sources {
  readonly #configMaps = new Map<string, Environment>();
  readonly #secrets = new Map<string, Environment>();

  constructor(objects: readonly KubeObject[]) {
    for (const object of objects) {
      const { namespace, name } = object.metadata;
      if (object.kind === 'ConfigMap')
        this.#configMaps.set(`${namespace}/${name}`, new Map(Object.entries(object.data ?? {})));
      if (object.kind === 'Secret') {
        const decoded = Object.entries(object.data ?? {}).map(
          ([key, value]) => [key, Buffer.from(value, 'base64').toString()] as const,
        );
        this.#secrets.set(`${namespace}/${name}`, new Map([...decoded, ...Object.entries(object.stringData ?? {})]));
      }
      if (object.kind === 'ExternalSecret') {
        const keys = (object.spec?.data ?? []).map(
          (entry: { secretKey: string }) => [entry.secretKey, undefined] as const,
        );
        this.#secrets.set(`${namespace}/${object.spec?.target?.name ?? name}`, new Map(keys));
      }
    }
  }

  configMap(namespace: string, name: string): Environment | undefined {
    return this.#configMaps.get(`${namespace}/${name}`);
  }

  secret(namespace: string, name: string): Environment | undefined {
    return this.#secrets.get(`${namespace}/${name}`);
  }
}

/** What a container's process finds in its environment; references to nothing give nothing (another check names them). */
export function environmentOf(container: IContainer, namespace: string, sources: Sources): Environment {
  const environment: Environment = new Map();
  for (const from of container.envFrom ?? []) {
    const source =
      from.configMapRef === undefined
        ? sources.secret(namespace, from.secretRef?.name ?? '')
        : sources.configMap(namespace, from.configMapRef.name ?? '');
    for (const [key, value] of source ?? []) environment.set(`${from.prefix ?? ''}${key}`, value);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
    if (valueFrom === undefined) environment.set(name, value ?? '');
    else if (configMapKeyRef !== undefined)
      environment.set(name, sources.configMap(namespace, configMapKeyRef.name ?? '')?.get(configMapKeyRef.key));
    else if (secretKeyRef !== undefined)
      environment.set(name, sources.secret(namespace, secretKeyRef.name ?? '')?.get(secretKeyRef.key));
    else environment.set(name, undefined);
  }
  return environment;
}
