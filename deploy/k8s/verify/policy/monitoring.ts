import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '@vigil/shared/text/message-of';
import { isExported, metricsInCode } from '../metrics-in-code.ts';
import { problem, type KubeObject, type Problem } from '../objects.ts';
import { selectorsOf } from '../promql.ts';
import type { Policy } from './policy.ts';

const RUNBOOK = resolve(import.meta.dirname, '../../../../docs/operations.md');
const SEVERITIES = ['critical', 'warning', 'info'];

let exported: ReadonlySet<string> | undefined;
let sections: ReadonlySet<string> | undefined;

interface Alert {
  alert: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Every query parses and asks for metrics that somebody exports; every alert has a severity, words and a section of the runbook. */
export const monitoring: Policy = (tree) => {
  // Read once: neither changes while the checks run.
  exported ??= metricsInCode();
  sections ??= headings();
  const [metrics, anchors] = [exported, sections];
  return tree.objects.flatMap((object) => [
    ...queriesOf(object).flatMap(({ what, query }) => queryProblems(object, what, query, metrics)),
    ...alertsOf(object).flatMap((alert) => alertProblems(object, alert, anchors)),
  ]);
};

function queryProblems(object: KubeObject, what: string, query: string, metrics: ReadonlySet<string>): Problem[] {
  try {
    return selectorsOf(query)
      .filter(({ metric }) => !isExported(metric, metrics))
      .map(({ metric: name }) => problem(object, `${what} asks for ${name}, which nobody exports`));
  } catch (error) {
    return [problem(object, `${what} ${messageOf(error)}`)];
  }
}

function alertProblems(
  object: KubeObject,
  { alert, labels, annotations }: Alert,
  anchors: ReadonlySet<string>,
): Problem[] {
  const found: string[] = [];
  if (!SEVERITIES.includes(labels?.['severity'] ?? '')) found.push(`needs a severity of ${SEVERITIES.join(', ')}`);
  for (const text of ['summary', 'description']) if (annotations?.[text] === undefined) found.push(`needs a ${text}`);
  const anchor = annotations?.['runbook_url']?.split('#')[1];
  if (anchor === undefined || !anchors.has(anchor)) found.push(`has no section in docs/operations.md (#${anchor})`);
  return found.map((message) => problem(object, `alert ${alert} ${message}`));
}

function alertsOf(object: KubeObject): Alert[] {
  if (object.kind !== 'PrometheusRule') return [];
  return (object.spec.groups as { rules: Alert[] }[]).flatMap((group) => group.rules.filter((rule) => 'alert' in rule));
}

/** Every PromQL query of an object, and where it stands. */
export function queriesOf(object: KubeObject): { what: string; query: string }[] {
  if (object.kind === 'PrometheusRule')
    return alertsOf(object).map(({ alert, expr }) => ({ what: `alert ${alert}`, query: expr }));
  if (object.kind === 'ScaledObject')
    return (object.spec.triggers as { type: string; name: string; metadata: Record<string, string> }[])
      .filter((trigger) => trigger.type === 'prometheus')
      .map(({ name, metadata }) => ({ what: `trigger ${name}`, query: metadata['query'] ?? '' }));
  if (object.metadata.labels?.['grafana_dashboard'] === undefined) return [];
  return Object.values(object.data ?? {}).flatMap((text) => {
    const { panels } = JSON.parse(text) as { panels: { title: string; targets?: { expr: string }[] }[] };
    return panels.flatMap(({ title, targets = [] }) =>
      // Grafana's variables stand inside of strings, and its intervals are PromQL's own.
      targets.map(({ expr }) => ({ what: `panel "${title}"`, query: expr })),
    );
  });
}

/** Anchors as GitHub makes them of headings. */
function headings(): Set<string> {
  const titles = [...readFileSync(RUNBOOK, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}
