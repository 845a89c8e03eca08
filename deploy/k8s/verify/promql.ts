import { parser } from '@prometheus-io/lezer-promql';

/** Metrics that a query names; throws with the place where it is no PromQL. */
export function metricsOf(query: string): string[] {
  const names: string[] = [];
  parser.parse(query).iterate({
    enter: (node) => {
      if (node.type.isError)
        throw new Error(`is no PromQL at character ${node.from}: …${query.slice(node.from, node.from + 30)}`);
      if (node.name === 'Identifier' && node.node.parent?.name === 'VectorSelector')
        names.push(query.slice(node.from, node.to));
    },
  });
  return names;
}
