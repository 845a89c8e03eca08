import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Metrics that others export: Prometheus itself, kube-state-metrics, prom-client's own. */
export const OTHERS = /^(up|kube_(deployment|horizontalpodautoscaler)_\w+|process_\w+|nodejs_\w+)$/;

/** Names of Vigil's metrics as the services' code has them: the one source of what can be asked for. */
export function metricsInCode(root = ROOT): Set<string> {
  const files = ['packages', 'services'].flatMap((room) =>
    globSync(join(root, room, '*/src/**/*.ts')).filter((file) => !file.endsWith('.test.ts')),
  );
  const names = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'(vigil_[a-z0-9_]+)'/g)].map(([, name]) => name!),
  );
  return new Set(names);
}

/** Whether somebody exports the metric; histograms are asked for by their parts. */
export function isExported(name: string, inCode: ReadonlySet<string>): boolean {
  return OTHERS.test(name) || inCode.has(name) || inCode.has(name.replace(/_(bucket|sum|count)$/, ''));
}
