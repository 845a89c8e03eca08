import { environmentOf } from '../environment.ts';
import { problem, selects, type KubeObject, type LabelSelector, type Problem, type Workload } from '../objects.ts';
import { ofKind, type Policy, type Tree } from './policy.ts';

interface Peer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { cidr: string };
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port?: number | string; protocol?: string }[];
}
/** Ports that a URL need not name. */
const DEFAULT_PORTS: Record<string, number> = {
  'http:': 80,
  'https:': 443,
  'redis:': 6379,
  'rediss:': 6379,
  'postgres:': 5432,
  'nats:': 4222,
  'tls:': 4222,
};
/** What a variable leads to where only the cluster knows its value: a server outside of the tree, on the usual port. */
const ELSEWHERE: Record<string, string> = {
  REDIS_URL: 'redis://elsewhere',
  DATABASE_URL: 'postgres://elsewhere',
  NATS_URL: 'nats://elsewhere',
  WEBHOOK_URL: 'https://elsewhere',
};
const NAMED_WEBHOOK_URL = /^WEBHOOK_\w+_URL$/;

export interface Pods {
  namespace: string;
  labels: Record<string, string>;
}

/** Default deny in every namespace with pods; numeric ports; and each connection that the environment names is allowed at both ends. */
export const network: Policy = (tree) => [
  ...[...new Set(tree.workloads.map((workload) => workload.namespace))].flatMap((namespace) =>
    defaultDeny(tree, namespace),
  ),
  ...ofKind(tree, 'NetworkPolicy').flatMap(numericPorts),
  ...tree.workloads.flatMap((workload) => connections(tree, workload)),
  ...ofKind(tree, 'ScaledObject').flatMap((scaler) => kedaConnections(tree, scaler)),
];

function defaultDeny(tree: Tree, namespace: string): Problem[] {
  const denies = ofKind(tree, 'NetworkPolicy', namespace).some(
    ({ spec }) =>
      selects(spec.podSelector, {}) && spec.policyTypes?.includes('Ingress') && spec.policyTypes?.includes('Egress'),
  );
  return denies
    ? []
    : [{ object: `Namespace ${namespace}`, message: 'has no NetworkPolicy that denies by default, both ways' }];
}

function numericPorts(policy: KubeObject): Problem[] {
  const rules = [...(policy.spec.ingress ?? []), ...(policy.spec.egress ?? [])] as Rule[];
  return rules
    .flatMap((rule) => rule.ports ?? [])
    .filter((entry) => typeof entry.port !== 'number')
    .map((entry) =>
      problem(policy, `port "${entry.port}" must be a number: some enforcers refuse the whole policy for a name`),
    );
}

/** Where the environment says that a pod connects to: `redis://redis:6379` is a Service of the tree or something outside of it. */
function connections(tree: Tree, workload: Workload): Problem[] {
  const urls = workload.pod.containers.flatMap((container) =>
    [...environmentOf(container, workload.namespace, tree.sources)].filter(([name]) => /_(URL|ENDPOINT)$/.test(name)),
  );
  return urls.flatMap(([name, given]) => {
    const value = given ?? ELSEWHERE[name.replace(NAMED_WEBHOOK_URL, 'WEBHOOK_URL')];
    if (value === undefined || !URL.canParse(value)) return [];
    const { hostname, port, protocol } = new URL(value);
    const from = { namespace: workload.namespace, labels: workload.labels };
    const to = behind(tree, hostname, workload.namespace);
    const asked = port === '' ? DEFAULT_PORTS[protocol] : Number(port);
    // Policies act behind the Service, on the port of the pod.
    const number = to === undefined || asked === undefined ? asked : podPort(tree, hostname, workload.namespace, asked);
    if (number === undefined)
      return [problem(workload.object, `${name} leads to ${hostname}, whose Service lacks the port ${asked}`)];
    const what = `${name} (${hostname}:${asked})`;
    const found: Problem[] = [];
    if (!allowed(tree, 'egress', from, to ?? inOtherNamespace(tree, hostname), number))
      found.push(problem(workload.object, `no NetworkPolicy lets it out to ${what}`));
    if (to !== undefined && !allowed(tree, 'ingress', to, from, number))
      found.push(problem(workload.object, `no NetworkPolicy of ${hostname} lets it in to ${what}`));
    return found;
  });
}

/** Without a way in to Redis, KEDA logs timeouts and builds no HPA. */
function kedaConnections(tree: Tree, scaler: KubeObject): Problem[] {
  const addresses = (scaler.spec.triggers as { type: string; metadata: Record<string, string> }[])
    .filter((trigger) => trigger.type === 'redis')
    .map((trigger) => trigger.metadata['address'] ?? '');
  return [...new Set(addresses)].flatMap((address) => {
    const [host = '', port] = address.split(':');
    const to = behind(tree, host, scaler.metadata.namespace ?? '');
    if (to === undefined || allowed(tree, 'ingress', to, { namespace: 'keda', labels: {} }, Number(port))) return [];
    return [problem(scaler, `no NetworkPolicy lets KEDA (namespace keda) in to ${address}`)];
  });
}

function serviceAt(tree: Tree, hostname: string, from: string): KubeObject | undefined {
  const [name, namespace = from] = hostname.split('.');
  return ofKind(tree, 'Service', namespace).find((object) => object.metadata.name === name);
}

/** The pods behind a host name, where it is a Service of the tree. */
function behind(tree: Tree, hostname: string, from: string): Workload | undefined {
  const service = serviceAt(tree, hostname, from);
  return tree.workloads.find(
    ({ namespace, labels }) =>
      namespace === service?.metadata.namespace && selects({ matchLabels: service.spec.selector }, labels),
  );
}

/** Pods that somebody else runs in the cluster: nothing is known of them but their namespace. */
function inOtherNamespace(tree: Tree, hostname: string): Pods | undefined {
  const namespace = /^[\w-]+\.([\w-]+)\.svc\b/.exec(hostname)?.[1];
  return namespace === undefined || ofKind(tree, 'Namespace').some(({ metadata }) => metadata.name === namespace)
    ? undefined
    : { namespace, labels: {} };
}

/** The port of the pods to which a port of their Service leads. */
function podPort(tree: Tree, hostname: string, from: string, port: number): number | undefined {
  const ports = serviceAt(tree, hostname, from)?.spec.ports as
    { port: number; targetPort?: number | string }[] | undefined;
  const entry = ports?.find((candidate) => candidate.port === port);
  if (entry === undefined || typeof entry.targetPort !== 'string')
    return (entry?.targetPort as number | undefined) ?? entry?.port;
  const containers = behind(tree, hostname, from)?.pod.containers ?? [];
  return containers.flatMap((c) => c.ports ?? []).find((named) => named.name === entry.targetPort)?.containerPort;
}

/** Whether some policy of `subject` allows the direction to or from `other` (undefined: somewhere outside) on the port. */
export function allowed(
  tree: Tree,
  direction: 'ingress' | 'egress',
  subject: Pods,
  other: Pods | undefined,
  port: number,
  protocol = 'TCP',
): boolean {
  return ofKind(tree, 'NetworkPolicy', subject.namespace)
    .filter(({ spec }) => selects(spec.podSelector, subject.labels))
    .flatMap(({ spec }) => (spec[direction] ?? []) as Rule[])
    .some((rule) => {
      const peers = direction === 'ingress' ? rule.from : rule.to;
      const fits = peers === undefined || peers.some((peer) => matches(tree, peer, subject.namespace, other));
      const carries = (entry: NonNullable<Rule['ports']>[number]): boolean =>
        entry.port === port && (entry.protocol ?? 'TCP') === protocol;
      return fits && (rule.ports === undefined || rule.ports.some(carries));
    });
}

function matches(tree: Tree, peer: Peer, home: string, other: Pods | undefined): boolean {
  if (other === undefined) return peer.ipBlock !== undefined;
  const inNamespace =
    peer.namespaceSelector === undefined
      ? other.namespace === home
      : selects(peer.namespaceSelector, namespaceLabels(tree, other.namespace));
  return peer.ipBlock === undefined && inNamespace && selects(peer.podSelector ?? {}, other.labels);
}

/** Those that the tree gives a namespace, and the one that Kubernetes gives to each. */
function namespaceLabels(tree: Tree, name: string): Record<string, string> {
  const labels = ofKind(tree, 'Namespace').find(({ metadata }) => metadata.name === name)?.metadata.labels;
  return { ...labels, 'kubernetes.io/metadata.name': name };
}
