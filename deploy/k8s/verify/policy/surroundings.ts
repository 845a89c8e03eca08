import { environmentOf } from '../environment.ts';
import { problem, selects, type KubeObject, type Problem, type Workload } from '../objects.ts';
import { allowed } from './network.ts';
import { ofKind, type Policy, type Tree } from './policy.ts';
import { backendsOf } from './references.ts';

const DNS = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
/** Where those run who come in, as the tree has it: another cluster's names go into both places. */
const PROMETHEUS = { namespace: 'monitoring', labels: {} };
/** What the gateway answers without an end that it knows beforehand. */
const LONG_ANSWERS = ['/ws/alerts', '/alerts/stream', '/threats/export'];
const CONTROLLERS: Record<string, string> = { Ingress: 'ingress-nginx', HTTPRoute: 'envoy-gateway-system' };

/** What a cluster has around the tree still reaches it, and is reached: DNS, Prometheus, the ingress controllers, which are trusted to name the client; and nobody else is let in. */
export const surroundings: Policy = (tree) => [
  ...tree.workloads.flatMap((workload) => dns(tree, workload)),
  ...ofKind(tree, 'PodMonitor').flatMap((monitor) => scrapes(tree, monitor)),
  ...Object.keys(CONTROLLERS).flatMap((kind) =>
    ofKind(tree, kind).flatMap((route) => [...controllers(tree, route), ...trustedProxies(tree, route)]),
  ),
  ...ofKind(tree, 'HTTPRoute').flatMap(longAnswers),
  ...ofKind(tree, 'NetworkPolicy', 'vigil').flatMap(openToAll),
];

function dns(tree: Tree, { object, namespace, labels }: Workload): Problem[] {
  return ['UDP', 'TCP']
    .filter((protocol) => !allowed(tree, 'egress', { namespace, labels }, DNS, 53, protocol))
    .map((protocol) => problem(object, `no NetworkPolicy lets it out to DNS over ${protocol}`));
}

function scrapes(tree: Tree, monitor: KubeObject): Problem[] {
  const { selector, podMetricsEndpoints } = monitor.spec as {
    selector: Parameters<typeof selects>[0];
    podMetricsEndpoints: { port: string }[];
  };
  return tree.workloads
    .filter(({ namespace, labels }) => namespace === monitor.metadata.namespace && selects(selector, labels))
    .flatMap((workload) =>
      podMetricsEndpoints
        .map(({ port }) => containerPort(workload, port))
        .filter((port) => port !== undefined && !allowed(tree, 'ingress', workload, PROMETHEUS, port))
        .map((port) =>
          problem(monitor, `no NetworkPolicy lets Prometheus in to ${workload.object.metadata.name}:${port}`),
        ),
    );
}

function controllers(tree: Tree, route: KubeObject): Problem[] {
  const from = { namespace: CONTROLLERS[route.kind]!, labels: {} };
  return workloadsBehind(tree, route)
    .filter((workload) => {
      const port = containerPort(workload, 'http');
      return port === undefined || !allowed(tree, 'ingress', workload, from, port);
    })
    .map(({ object }) => problem(route, `no NetworkPolicy lets ${from.namespace} in to ${object.metadata.name}`));
}

/** Behind a proxy that they do not trust, services take all clients for that one address, and its limits lock everybody out. */
function trustedProxies(tree: Tree, route: KubeObject): Problem[] {
  return workloadsBehind(tree, route)
    .filter(({ pod, namespace }) =>
      pod.containers.every((container) => !environmentOf(container, namespace, tree.sources).get('TRUSTED_PROXIES')),
    )
    .map(({ object }) =>
      problem(route, `leads to ${object.metadata.name}, which must know its proxies: set TRUSTED_PROXIES`),
    );
}

function workloadsBehind(tree: Tree, route: KubeObject): Workload[] {
  const names = new Set(backendsOf(route).map(({ name }) => name));
  const services = ofKind(tree, 'Service', route.metadata.namespace).filter(({ metadata }) => names.has(metadata.name));
  return tree.workloads.filter(({ namespace, labels }) =>
    services.some(
      ({ metadata, spec }) => metadata.namespace === namespace && selects({ matchLabels: spec.selector }, labels),
    ),
  );
}

/** A route's `timeouts.request` runs until the last byte of the answer, and these answers go on for as long as somebody reads. */
function longAnswers(route: KubeObject): Problem[] {
  const rules = (route.spec.rules ?? []) as {
    matches?: { path?: { value: string } }[];
    timeouts?: { request: string };
  }[];
  const ways = rules.flatMap(({ matches = [], timeouts }) =>
    matches.map(({ path }) => ({ prefix: path?.value ?? '/', request: timeouts?.request ?? '0s' })),
  );
  return LONG_ANSWERS.flatMap((path) => {
    const way = ways
      .filter(({ prefix }) => `${path}/`.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`))
      .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
    return way === undefined || way.request === '0s' || /^\d+h$/.test(way.request)
      ? []
      : [problem(route, `cuts ${path} off after ${way.request}: give it an hour`)];
  });
}

/** A rule without peers is a rule for everybody. */
function openToAll(policy: KubeObject): Problem[] {
  const { ingress = [], egress = [] } = policy.spec as {
    ingress?: { from?: unknown[] }[];
    egress?: { to?: unknown[] }[];
  };
  const found: Problem[] = [];
  if (ingress.some(({ from = [] }) => from.length === 0)) found.push(problem(policy, 'lets everybody in'));
  if (egress.some(({ to = [] }) => to.length === 0)) found.push(problem(policy, 'lets its pods out to everywhere'));
  return found;
}

function containerPort({ pod }: Workload, name: string): number | undefined {
  return pod.containers.flatMap(({ ports = [] }) => ports).find((port) => port.name === name)?.containerPort;
}
