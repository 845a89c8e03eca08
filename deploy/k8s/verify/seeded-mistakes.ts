import { idOf, type KubeObject } from './objects.ts';

/** Renders as it is, then one thing is made wrong: `mutate` gets the object, or the whole tree to add to or take from. */
export interface Mistake {
  name: string;
  /** Folder below `deploy/k8s`. */
  tree: string;
  /** `Deployment vigil/scorer`, without the hash of a generated name. */
  object: string;
  // Mistakes reach into any shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  mutate: (object: any, all: KubeObject[]) => void;
  /** What the report must say. */
  says: RegExp;
}

/** A copy of the tree with the mistake in it. */
export function withMistake(objects: readonly KubeObject[], { object, mutate, name }: Mistake): KubeObject[] {
  const copy = structuredClone(objects) as KubeObject[];
  const target = copy.find((candidate) => idOf(candidate).replace(/-[a-z0-9]{10}$/, '') === object);
  if (target === undefined) throw new Error(`mistake "${name}": there is no ${object}`);
  mutate(target, copy);
  return copy;
}

const remove = (all: KubeObject[], object: KubeObject): void => void all.splice(all.indexOf(object), 1);

/** Wrong types and values: the models' validators find them. */
export const WRONG_VALUES: Mistake[] = [
  {
    name: 'replicas as text',
    tree: 'overlays/dev',
    object: 'Deployment vigil/gateway',
    mutate: (o) => (o.spec.replicas = '2'),
    says: /spec\/replicas must be integer/,
  },
  {
    name: 'an unknown metric type of the scaler',
    tree: 'overlays/dev',
    object: 'ScaledObject vigil/scorer',
    mutate: (o) => (o.spec.triggers = 'redis'),
    says: /spec\/triggers must be array/,
  },
  {
    name: 'a Deployment without selector',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => delete o.spec.selector,
    says: /must have required property.*selector/,
  },
  {
    name: 'a kind that no schema has',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (o.apiVersion = 'apps/v1beta7'),
    says: /no schema is known/,
  },
  {
    name: 'an external secret without a store',
    tree: 'overlays/production',
    object: 'ExternalSecret vigil/vigil-keys',
    mutate: (o) => (o.spec.data = { secretKey: 'x' }),
    says: /spec\/data must be array/,
  },
];

/** Fields that no schema has: the compiler finds them. */
const TYPOS: [object: string, mutate: Mistake['mutate'], field: string][] = [
  ['Deployment vigil/scorer', (o) => (o.spec.template.spec.containers[0].readynessProbe = {}), 'readynessProbe'],
  ['Deployment vigil/gateway', (o) => (o.spec.template.spec.terminationGracePeriod = 5), 'terminationGracePeriod'],
  ['ScaledObject vigil/scorer', (o) => (o.spec.advanced.scalingModifier = {}), 'scalingModifier'],
  ['PodDisruptionBudget vigil/scorer', (o) => (o.spec.maxUnavailible = 1), 'maxUnavailible'],
  ['NetworkPolicy vigil/gateway', (o) => (o.spec.ingress[0].port = []), 'port'],
  ['Job vigil/vigil-migrate-0-1-0', (o) => (o.spec.backofLimit = 1), 'backofLimit'],
  ['StatefulSet vigil/redis', (o) => (o.spec.volumeClaimTemplate = []), 'volumeClaimTemplate'],
  ['Service vigil/gateway', (o) => (o.spec.ports[0].targetport = 1), 'targetport'],
];
export const UNKNOWN_FIELDS: Mistake[] = TYPOS.map(([object, mutate, field]) => ({
  name: `${field} of ${object}`,
  tree: 'overlays/dev',
  object,
  mutate,
  says: new RegExp(`\\.${field} does not exist in I`),
}));

const container = (o: KubeObject) => o.spec.template.spec.containers[0];

/** What is valid for Kubernetes and wrong for this project. */
export const BREACHES: Mistake[] = [
  // Pod Security and beyond
  {
    name: 'a writable root file system',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (container(o).securityContext.readOnlyRootFilesystem = false),
    says: /readOnlyRootFilesystem must be true/,
  },
  {
    name: 'root',
    tree: 'overlays/dev',
    object: 'Deployment vigil/gateway',
    mutate: (o) => (o.spec.template.spec.securityContext.runAsUser = 0),
    says: /runAsUser must be a number above 0/,
  },
  {
    name: 'a kept capability',
    tree: 'overlays/dev',
    object: 'Deployment vigil/gateway',
    mutate: (o) => (container(o).securityContext.capabilities.drop = ['NET_RAW']),
    says: /must drop ALL/,
  },
  {
    name: 'a hostPath in the restricted namespace',
    tree: 'overlays/dev',
    object: 'Deployment vigil/ingestor',
    mutate: (o) => o.spec.template.spec.volumes.push({ name: 'host', hostPath: { path: '/' } }),
    says: /hostPath, which "restricted" refuses/,
  },
  {
    name: 'a mounted token',
    tree: 'overlays/dev',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) => delete o.spec.template.spec.automountServiceAccountToken,
    says: /automountServiceAccountToken must be false/,
  },
  {
    name: 'service links',
    tree: 'overlays/dev',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) => delete o.spec.template.spec.enableServiceLinks,
    says: /enableServiceLinks/,
  },
  {
    name: 'a namespace that enforces less',
    tree: 'overlays/dev',
    object: 'Namespace vigil',
    mutate: (o) => (o.metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
    says: /must enforce Pod Security "restricted"/,
  },
  // Resources
  {
    name: 'no memory limit',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => delete container(o).resources.limits,
    says: /needs a memory limit/,
  },
  {
    name: 'a CPU limit',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (container(o).resources.limits.cpu = '1'),
    says: /must not have a CPU limit/,
  },
  {
    name: 'a heap above the memory limit',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) =>
      (container(o).env.find((e: { name: string }) => e.name === 'NODE_OPTIONS').value = '--max-old-space-size=1280'),
    says: /the heap may take 200 %/,
  },
  // References
  {
    name: 'a Secret that nobody makes',
    tree: 'overlays/production',
    object: 'ExternalSecret vigil/vigil-keys',
    mutate: (o, all) => remove(all, o),
    says: /refers to secret vigil-keys, which is not in the tree/,
  },
  {
    name: 'a key that the Secret lacks',
    tree: 'overlays/dev',
    object: 'Secret vigil/vigil-connections',
    mutate: (o) => delete o.data.NATS_URL,
    says: /refers to key NATS_URL/,
  },
  {
    name: 'a TriggerAuthentication that misses the hashed name',
    tree: 'overlays/dev',
    object: 'TriggerAuthentication vigil/redis',
    mutate: (o) => (o.spec.secretTargetRef[0].name = 'vigil-connections'),
    says: /TriggerAuthentication vigil\/redis: refers to secret vigil-connections/,
  },
  {
    name: 'a Service that selects nothing',
    tree: 'overlays/dev',
    object: 'Service vigil/gateway',
    mutate: (o) => (o.spec.selector['app.kubernetes.io/component'] = 'gatway'),
    says: /selects no pod/,
  },
  {
    name: 'a Service that leads to a port nobody has',
    tree: 'overlays/dev',
    object: 'Service vigil/gateway',
    mutate: (o) => (o.spec.ports[0].targetPort = 'web'),
    says: /leads to port web/,
  },
  {
    name: 'a route to a Service that is not there',
    tree: 'overlays/production',
    object: 'HTTPRoute vigil/vigil',
    mutate: (o) => (o.spec.rules[0].backendRefs[0].name = 'ingester'),
    says: /leads to Service ingester/,
  },
  {
    name: 'an Ingress to a port that the Service lacks',
    tree: 'overlays/plain',
    object: 'Ingress vigil/vigil',
    mutate: (o) => (o.spec.rules[0].http.paths[0].backend.service.port.number = 8081),
    says: /leads to port 8081/,
  },
  {
    name: 'a volume that is not there',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (o.spec.template.spec.volumes = []),
    says: /mounts volume tmp/,
  },
  {
    name: 'certificates of an authority where nothing is mounted',
    tree: 'examples/private-ca',
    object: 'Deployment vigil/gateway',
    mutate: (o) =>
      (container(o).volumeMounts = container(o).volumeMounts.filter((m: { name: string }) => m.name !== 'ca')),
    says: /takes NODE_EXTRA_CA_CERTS from \/ca\/ca\.crt, where no ConfigMap is mounted/,
  },
  {
    name: 'certificates of an authority under another key',
    tree: 'examples/private-ca',
    object: 'ConfigMap vigil/vigil-ca',
    mutate: (o) => (o.data = { 'ca.pem': '' }),
    says: /Job vigil\/vigil-migrate-0-1-0: refers to key ca\.crt of configMap vigil-ca/,
  },
  {
    name: 'another namespace',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (o.metadata.namespace = 'default'),
    says: /namespace "default" is not in the tree/,
  },
  // Probes and drain
  {
    name: 'a probe on a port that is not named',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (container(o).readinessProbe.httpGet.port = 'metrics'),
    says: /asks port "metrics", which it does not name/,
  },
  {
    name: 'a liveness probe that looks at the dependencies',
    tree: 'overlays/dev',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) => (container(o).livenessProbe.httpGet.path = '/ready'),
    says: /livenessProbe must ask \/health/,
  },
  {
    name: 'a probe on a port where nobody listens',
    tree: 'overlays/dev',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) => (container(o).ports.find((p: { name: string }) => p.name === 'ops').containerPort = 9090),
    says: /asks port 9090, but the service answers on 9464/,
  },
  {
    name: 'no startup probe',
    tree: 'overlays/dev',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) => delete container(o).startupProbe,
    says: /startupProbe must ask \/ready/,
  },
  {
    name: 'SIGKILL before the shutdown is over',
    tree: 'overlays/dev',
    object: 'Deployment vigil/gateway',
    mutate: (o) => (o.spec.template.spec.terminationGracePeriodSeconds = 25),
    says: /terminationGracePeriodSeconds must be at least 30/,
  },
  {
    name: 'a gateway without its preStop pause',
    tree: 'overlays/dev',
    object: 'Deployment vigil/gateway',
    mutate: (o) => delete container(o).lifecycle,
    says: /needs a preStop pause/,
  },
  // Environment
  {
    name: 'a variable that the service requires is missing',
    tree: 'overlays/dev',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) => (container(o).env = container(o).env.filter((e: { name: string }) => e.name !== 'DATABASE_URL')),
    says: /does not give DATABASE_URL/,
  },
  {
    name: 'a variable that no service knows',
    tree: 'overlays/dev',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) => container(o).env.push({ name: 'DISPATCHER_CONCURENCY', value: '4' }),
    says: /gives DISPATCHER_CONCURENCY, which the service does not know/,
  },
  {
    name: 'a value that the service refuses',
    tree: 'overlays/dev',
    object: 'ConfigMap vigil/vigil-settings',
    mutate: (o) => (o.data.LOG_LEVEL = 'loud'),
    says: /LOG_LEVEL a value that the service refuses/,
  },
  {
    name: 'a URL of the wrong kind',
    tree: 'overlays/dev',
    object: 'Secret vigil/vigil-connections',
    mutate: (o) => (o.data.REDIS_URL = Buffer.from('http://redis:6379').toString('base64')),
    says: /REDIS_URL a value that the service refuses/,
  },
  {
    name: 'a file written to the read-only root',
    tree: 'overlays/dev',
    object: 'Deployment vigil/ingestor',
    mutate: (o) => (container(o).env = container(o).env.filter((e: { name: string }) => e.name !== 'CHECKPOINT_PATH')),
    says: /would write CHECKPOINT_PATH to \.\/vigil-checkpoint\.json/,
  },
  // Autoscaling
  {
    name: 'replicas beside an autoscaler',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (o.spec.replicas = 3),
    says: /must leave `replicas` to its autoscaler/,
  },
  {
    name: 'KEDA and an HPA at once',
    tree: 'overlays/dev',
    object: 'ScaledObject vigil/scorer',
    mutate: (o, all) =>
      void all.push({ ...structuredClone(o), kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v2' }),
    says: /has two autoscalers/,
  },
  {
    name: 'a misspelt list key',
    tree: 'overlays/dev',
    object: 'ScaledObject vigil/scorer',
    mutate: (o) => (o.spec.triggers[0].metadata.listName = 'bull:lines:waiting'),
    says: /BullMQ has no list "bull:lines:waiting"/,
  },
  {
    name: 'a Redis address where no Service is',
    tree: 'overlays/dev',
    object: 'ScaledObject vigil/scorer',
    mutate: (o) => (o.spec.triggers[0].metadata.address = 'redis.default.svc.cluster.local:6379'),
    says: /there is no Service behind redis\.default/,
  },
  {
    name: 'a formula with an unknown trigger',
    tree: 'overlays/dev',
    object: 'ScaledObject vigil/scorer',
    mutate: (o) => (o.spec.advanced.scalingModifiers.formula = 'wait + delayed'),
    says: /names "delayed", which is no trigger/,
  },
  {
    name: 'a fallback that takes scorers away',
    tree: 'overlays/dev',
    object: 'ScaledObject vigil/scorer',
    mutate: (o) => delete o.spec.fallback.behavior,
    says: /currentReplicasIfHigher/,
  },
  {
    name: 'a Prometheus without data read as zero',
    tree: 'overlays/production',
    object: 'ScaledObject vigil/scorer',
    mutate: (o) => delete o.spec.triggers[0].metadata.ignoreNullValues,
    says: /ignoreNullValues must be 'false'/,
  },
  // Network
  {
    name: 'no default deny',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/default-deny',
    mutate: (o, all) => remove(all, o),
    says: /no NetworkPolicy that denies by default/,
  },
  {
    name: 'a named port in a NetworkPolicy',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/gateway',
    mutate: (o) => (o.spec.ingress[0].ports[0].port = 'http'),
    says: /port "http" must be a number/,
  },
  {
    name: 'KEDA shut out of Redis',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/redis',
    mutate: (o) => o.spec.ingress[0].from.pop(),
    says: /no NetworkPolicy lets KEDA/,
  },
  {
    name: 'a service shut in',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/scorer-to-data',
    mutate: (o, all) => remove(all, o),
    says: /scorer: no NetworkPolicy lets it out to REDIS_URL/,
  },
  {
    name: 'a service shut out of the database',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/postgres',
    mutate: (o) => (o.spec.ingress[0].from[0].podSelector.matchExpressions[0].values = ['gateway']),
    says: /no NetworkPolicy of postgres lets it in/,
  },
  {
    name: 'a pod of an operator shut in, where only the cluster knows the address',
    tree: 'overlays/production',
    object: 'NetworkPolicy vigil/operator-to-data',
    mutate: (o, all) => remove(all, o),
    says: /Pod vigil\/operator: no NetworkPolicy lets it out to REDIS_URL/,
  },
  {
    name: 'a pod of an operator shut out of the queues',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/redis',
    mutate: (o) => o.spec.ingress[0].from[0].podSelector.matchExpressions[0].values.pop(),
    says: /Pod vigil\/operator: no NetworkPolicy of redis lets it in to REDIS_URL/,
  },
  {
    name: 'the log shipper shut out',
    tree: 'overlays/production',
    object: 'NetworkPolicy vigil/ingestor',
    mutate: (o) => o.spec.ingress[0].from.pop(),
    says: /DaemonSet vigil-logs\/log-shipper: no NetworkPolicy of ingestor/,
  },
  {
    name: 'DNS by UDP alone',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/dns',
    mutate: (o) => o.spec.egress[0].ports.pop(),
    says: /Deployment vigil\/scorer: no NetworkPolicy lets it out to DNS over TCP/,
  },
  {
    name: 'Prometheus shut out',
    tree: 'overlays/production',
    object: 'NetworkPolicy vigil/metrics',
    mutate: (o) => (o.spec.ingress[0].ports[0].port = 9090),
    says: /no NetworkPolicy lets Prometheus in to gateway:9464/,
  },
  {
    name: 'the ingress controller shut out',
    tree: 'overlays/plain',
    object: 'NetworkPolicy vigil/gateway',
    mutate: (o) => (o.spec.ingress[0].from[0].namespaceSelector.matchExpressions[0].values = ['envoy-gateway-system']),
    says: /Ingress vigil\/vigil: no NetworkPolicy lets ingress-nginx in to gateway/,
  },
  {
    name: 'an Ingress that stands before a service as if it were everybody',
    tree: 'overlays/plain',
    object: 'Deployment vigil/gateway',
    mutate: (o) => (container(o).env = container(o).env.filter((e: { name: string }) => e.name !== 'TRUSTED_PROXIES')),
    says: /Ingress vigil\/vigil: leads to gateway, which must know its proxies/,
  },
  {
    name: 'a route that stands before a service as if it were everybody',
    tree: 'overlays/production',
    object: 'Deployment vigil/ingestor',
    mutate: (o) => (container(o).env = container(o).env.filter((e: { name: string }) => e.name !== 'TRUSTED_PROXIES')),
    says: /HTTPRoute vigil\/vigil: leads to ingestor, which must know its proxies/,
  },
  {
    name: 'a route that cuts exports off',
    tree: 'overlays/production',
    object: 'HTTPRoute vigil/vigil',
    mutate: (o) => o.spec.rules[1].matches.pop(),
    says: /HTTPRoute vigil\/vigil: cuts \/threats\/export off after 60s/,
  },
  {
    name: 'traces that nobody lets out',
    tree: 'examples/tracing',
    object: 'NetworkPolicy vigil/traces',
    mutate: (o) => (o.spec.egress[0].ports[0].port = 4317),
    says: /Deployment vigil\/scorer: no NetworkPolicy lets it out to OTEL_EXPORTER_OTLP_ENDPOINT/,
  },
  {
    name: 'a webhook that nobody lets out',
    tree: 'examples/webhook',
    object: 'NetworkPolicy vigil/dispatcher-to-webhook',
    mutate: (o) => (o.spec.egress[0].ports[0].port = 80),
    says: /Deployment vigil\/dispatcher: no NetworkPolicy lets it out to WEBHOOK_URL/,
  },
  {
    name: 'a named webhook that nobody lets out',
    tree: 'examples/webhook',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) =>
      o.spec.template.spec.containers[0].env.push(
        { name: 'WEBHOOKS', value: 'siem' },
        { name: 'WEBHOOK_SIEM_URL', value: 'https://siem.example.com:8088/alerts' },
      ),
    says: /Deployment vigil\/dispatcher: no NetworkPolicy lets it out to WEBHOOK_SIEM_URL/,
  },
  {
    name: 'settings of a webhook that WEBHOOKS does not name',
    tree: 'examples/webhook',
    object: 'Deployment vigil/dispatcher',
    mutate: (o) =>
      o.spec.template.spec.containers[0].env.push({ name: 'WEBHOOK_SIEM_URL', value: 'https://siem.example.com/' }),
    says: /gives WEBHOOK_SIEM_URL a value that the service refuses: WEBHOOKS does not name siem/,
  },
  {
    name: 'a policy that lets everybody in',
    tree: 'overlays/dev',
    object: 'NetworkPolicy vigil/postgres',
    mutate: (o) => delete o.spec.ingress[0].from,
    says: /lets everybody in/,
  },
  {
    name: 'a selector that misses its own pods',
    tree: 'overlays/dev',
    object: 'StatefulSet vigil/redis',
    mutate: (o) => (o.spec.selector.matchLabels['app.kubernetes.io/name'] = 'valkey'),
    says: /its selector does not match its own pods/,
  },
  {
    name: 'a selector that a release changes',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (o.spec.selector.matchLabels['app.kubernetes.io/version'] = '0.1.0'),
    says: /its selector must not hold the version/,
  },
  // Release
  {
    name: 'an image by tag in production',
    tree: 'overlays/production',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (container(o).image = 'registry.example.com/vigil/scorer:0.1.0'),
    says: /production takes images by digest/,
  },
  {
    name: 'latest',
    tree: 'overlays/dev',
    object: 'Deployment vigil/scorer',
    mutate: (o) => (container(o).image = 'vigil/scorer:latest'),
    says: /needs a tag other than latest/,
  },
  {
    name: 'no disruption budget',
    tree: 'overlays/dev',
    object: 'PodDisruptionBudget vigil/scorer',
    mutate: (o, all) => remove(all, o),
    says: /needs one PodDisruptionBudget, not 0/,
  },
  {
    name: 'a disruption budget that blocks drains',
    tree: 'overlays/dev',
    object: 'PodDisruptionBudget vigil/scorer',
    mutate: (o) => (o.spec = { ...o.spec, maxUnavailable: undefined, minAvailable: 1 }),
    says: /it blocks drains/,
  },
  {
    name: 'a rollout that goes below what runs',
    tree: 'overlays/dev',
    object: 'Deployment vigil/gateway',
    mutate: (o) => (o.spec.strategy.rollingUpdate.maxUnavailable = 1),
    says: /must roll by surge/,
  },
  {
    name: 'a migration under the name of another release',
    tree: 'overlays/dev',
    object: 'Job vigil/vigil-migrate-0-1-0',
    mutate: (o) => (o.metadata.name = 'vigil-migrate'),
    says: /its name must end with its version/,
  },
  {
    name: 'a migration that is killed after a while',
    tree: 'overlays/dev',
    object: 'Job vigil/vigil-migrate-0-1-0',
    mutate: (o) => (o.spec.activeDeadlineSeconds = 1800),
    says: /must have no activeDeadlineSeconds/,
  },
  {
    name: 'a reader of a Secret that the runbook forgets to restart',
    tree: 'overlays/production',
    object: 'DaemonSet vigil-logs/log-shipper',
    mutate: (o) => (o.metadata.name = 'shipper'),
    says: /"Rotate a secret" in docs\/operations\.md does not restart it/,
  },
  // Monitoring
  {
    name: 'an alert on a metric that nobody exports',
    tree: 'overlays/production',
    object: 'PrometheusRule vigil/vigil',
    mutate: (o) => (o.spec.groups[1].rules[0].expr = 'sum(rate(vigil_queue_job{queue="lines"}[5m])) > 1'),
    says: /asks for vigil_queue_job, which nobody exports/,
  },
  {
    name: 'an alert that is no PromQL',
    tree: 'overlays/production',
    object: 'PrometheusRule vigil/vigil',
    mutate: (o) => (o.spec.groups[1].rules[0].expr = 'sum(rate(vigil_lines_read_total[5m]) > 1'),
    says: /is no PromQL/,
  },
  {
    name: 'an alert that the runbook does not know',
    tree: 'overlays/production',
    object: 'PrometheusRule vigil/vigil',
    mutate: (o) =>
      (o.spec.groups[1].rules[0].annotations.runbook_url =
        'https://docs.example.com/vigil/operations.md#vigilbacklogs'),
    says: /has no section in docs\/operations\.md/,
  },
  {
    name: 'a panel on a metric that nobody exports',
    tree: 'overlays/production',
    object: 'ConfigMap vigil/vigil-dashboard',
    mutate: (o) => (o.data['vigil.json'] = o.data['vigil.json'].replace('vigil_gateway_clients', 'vigil_ws_clients')),
    says: /asks for vigil_ws_clients/,
  },
  {
    name: 'a trigger on a metric that nobody exports',
    tree: 'overlays/production',
    object: 'ScaledObject vigil/scorer',
    mutate: (o) => (o.spec.triggers[0].metadata.query = 'sum(vigil_backlog)'),
    says: /trigger backlog asks for vigil_backlog/,
  },
  {
    name: 'a scrape of a port that nobody names',
    tree: 'overlays/production',
    object: 'PodMonitor vigil/vigil',
    mutate: (o) => (o.spec.podMetricsEndpoints[0].port = 'metrics'),
    says: /scrapes port "metrics"/,
  },
];
