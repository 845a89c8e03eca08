import { environmentOf } from '../environment.ts';
import { containersOf, problem, selects, type KubeObject, type Problem, type Workload } from '../objects.ts';
import { ofKind, type Policy, type Tree } from './policy.ts';

/** Whatever one object names must be there: Secrets and ConfigMaps with the key, accounts, Services and their ports, pods. */
export const references: Policy = (tree) => [
  ...knownNamespaces(tree),
  ...tree.workloads.flatMap((workload) => [
    ...podReferences(tree, workload),
    ...volumeReferences(tree, workload),
    ...authorities(tree, workload),
  ]),
  ...ofKind(tree, 'Service').flatMap((service) => servicePorts(tree, service)),
  ...['Ingress', 'HTTPRoute'].flatMap((kind) =>
    ofKind(tree, kind).flatMap((route) =>
      backendsOf(route).flatMap(({ name, port }) => backend(tree, route, name, port)),
    ),
  ),
  ...ofKind(tree, 'Ingress').flatMap((ingress) => ingressSecrets(tree, ingress)),
  ...ofKind(tree, 'TriggerAuthentication').flatMap((auth) =>
    (auth.spec.secretTargetRef ?? []).flatMap((ref: { name: string; key: string }) =>
      missingKey(tree, auth, 'secret', ref.name, ref.key),
    ),
  ),
  ...['PodDisruptionBudget', 'NetworkPolicy', 'PodMonitor'].flatMap((kind) =>
    ofKind(tree, kind).flatMap((object) => selectsSome(tree, object)),
  ),
];

/** Objects of no namespace, besides Namespace itself, are not part of this tree. */
function knownNamespaces(tree: Tree): Problem[] {
  const known = new Set(ofKind(tree, 'Namespace').map((namespace) => namespace.metadata.name));
  return tree.objects
    .filter((object) => object.kind !== 'Namespace')
    .filter((object) => !known.has(object.metadata.namespace ?? ''))
    .map((object) => problem(object, `namespace "${object.metadata.namespace ?? ''}" is not in the tree`));
}

function missingKey(
  tree: Tree,
  object: KubeObject,
  kind: 'secret' | 'configMap',
  name: string,
  key?: string,
): Problem[] {
  const source = tree.sources[kind](object.metadata.namespace ?? '', name);
  if (source === undefined) return [problem(object, `refers to ${kind} ${name}, which is not in the tree`)];
  return key === undefined || source.has(key)
    ? []
    : [problem(object, `refers to key ${key} of ${kind} ${name}, which it lacks`)];
}

function podReferences(tree: Tree, { object, pod, namespace }: Workload): Problem[] {
  const found: Problem[] = [];
  const accounts = ofKind(tree, 'ServiceAccount', namespace).map((account) => account.metadata.name);
  if (pod.serviceAccountName !== undefined && !accounts.includes(pod.serviceAccountName))
    found.push(problem(object, `refers to ServiceAccount ${pod.serviceAccountName}, which is not in the tree`));
  for (const container of containersOf(pod)) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      if (configMapRef !== undefined) found.push(...missingKey(tree, object, 'configMap', configMapRef.name ?? ''));
      if (secretRef !== undefined) found.push(...missingKey(tree, object, 'secret', secretRef.name ?? ''));
    }
    for (const { valueFrom } of container.env ?? []) {
      const { configMapKeyRef: map, secretKeyRef: secret } = valueFrom ?? {};
      if (map !== undefined) found.push(...missingKey(tree, object, 'configMap', map.name ?? '', map.key));
      if (secret !== undefined) found.push(...missingKey(tree, object, 'secret', secret.name ?? '', secret.key));
    }
    const ports = (container.ports ?? []).map((port) => port.name);
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
      if (typeof port === 'string' && !ports.includes(port))
        found.push(
          problem(object, `a probe of container ${container.name} asks port "${port}", which it does not name`),
        );
    }
  }
  return found;
}

function volumeReferences(tree: Tree, { object, pod }: Workload): Problem[] {
  const claims = (object.spec.volumeClaimTemplates ?? []).map((claim: KubeObject) => claim.metadata.name) as string[];
  const volumes = new Set([...(pod.volumes ?? []).map((volume) => volume.name), ...claims]);
  const mounts = containersOf(pod)
    .flatMap((container) => container.volumeMounts ?? [])
    .filter((mount) => !volumes.has(mount.name))
    .map((mount) => problem(object, `mounts volume ${mount.name}, which it does not have`));
  const sources = (pod.volumes ?? []).flatMap(({ configMap, secret }) => [
    ...(configMap === undefined ? [] : missingKey(tree, object, 'configMap', configMap.name ?? '')),
    ...(secret === undefined ? [] : missingKey(tree, object, 'secret', secret.secretName ?? '')),
  ]);
  return [...mounts, ...sources];
}

/** Where the file of NODE_EXTRA_CA_CERTS is missing Node only warns, and every connection is refused later. */
function authorities(tree: Tree, { object, pod, namespace }: Workload): Problem[] {
  return pod.containers.flatMap((container) => {
    const path = environmentOf(container, namespace, tree.sources).get('NODE_EXTRA_CA_CERTS');
    if (path === undefined) return [];
    const mount = container.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
    const configMap = pod.volumes?.find(({ name }) => name === mount?.name)?.configMap;
    return mount === undefined || configMap === undefined
      ? [problem(object, `takes NODE_EXTRA_CA_CERTS from ${path}, where no ConfigMap is mounted`)]
      : missingKey(tree, object, 'configMap', configMap.name ?? '', path.slice(mount.mountPath.length + 1));
  });
}

function servicePorts(tree: Tree, service: KubeObject): Problem[] {
  const pods = tree.workloads.filter(
    ({ namespace, labels }) =>
      namespace === service.metadata.namespace && selects({ matchLabels: service.spec.selector ?? {} }, labels),
  );
  if (pods.length === 0) return [problem(service, 'selects no pod of the tree')];
  const ports = pods.flatMap(({ pod }) => pod.containers.flatMap((container) => container.ports ?? []));
  return (service.spec.ports as { port: number; targetPort?: string | number }[])
    .filter(
      ({ port, targetPort = port }) => !ports.some((p) => p.name === targetPort || p.containerPort === targetPort),
    )
    .map(({ port, targetPort = port }) => problem(service, `leads to port ${targetPort}, which its pods do not have`));
}

/** Services, with their ports, to which an Ingress or an HTTPRoute leads. */
export function backendsOf({ kind, spec }: KubeObject): { name: string; port: number | string | undefined }[] {
  if (kind === 'HTTPRoute')
    return (spec.rules ?? []).flatMap(
      (rule: { backendRefs?: { name: string; port: number }[] }) => rule.backendRefs ?? [],
    );
  type Path = { backend: { service: { name: string; port: { number?: number; name?: string } } } };
  return ((spec.rules ?? []) as { http?: { paths?: Path[] } }[])
    .flatMap((rule) => rule.http?.paths ?? [])
    .map(({ backend: { service } }) => ({ name: service.name, port: service.port.number ?? service.port.name }));
}

function ingressSecrets(tree: Tree, ingress: KubeObject): Problem[] {
  // cert-manager makes the Secret for TLS.
  const issued = Object.keys(ingress.metadata.annotations ?? {}).some((key) => key.startsWith('cert-manager.io/'));
  const tls: { secretName?: string }[] = issued ? [] : (ingress.spec.tls ?? []);
  return tls.flatMap((entry) => missingKey(tree, ingress, 'secret', entry.secretName ?? ''));
}

function backend(tree: Tree, object: KubeObject, name: string, port: number | string | undefined): Problem[] {
  const service = ofKind(tree, 'Service', object.metadata.namespace).find(
    (candidate) => candidate.metadata.name === name,
  );
  if (service === undefined) return [problem(object, `leads to Service ${name}, which is not in the tree`)];
  const ports = service.spec.ports as { port: number; name?: string }[];
  return ports.some((p) => p.port === port || p.name === port)
    ? []
    : [problem(object, `leads to port ${port} of Service ${name}, which it lacks`)];
}

function selectsSome(tree: Tree, object: KubeObject): Problem[] {
  const selector = object.spec.selector ?? object.spec.podSelector ?? {};
  const namespaces: string[] = object.spec.namespaceSelector?.matchNames ?? [object.metadata.namespace ?? ''];
  const pods = tree.workloads.filter(
    ({ namespace, labels }) => namespaces.includes(namespace) && selects(selector, labels),
  );
  if (pods.length === 0) return [problem(object, 'selects no pod of the tree')];
  const endpoints = (object.spec.podMetricsEndpoints ?? []) as { port?: string }[];
  const names = new Set(
    pods.flatMap(({ pod }) => pod.containers.flatMap((c) => (c.ports ?? []).map((port) => port.name))),
  );
  return endpoints
    .filter(({ port }) => port !== undefined && !names.has(port))
    .map(({ port }) => problem(object, `scrapes port "${port}", which no selected pod names`));
}
