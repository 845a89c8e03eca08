import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  metric: string;
  /** Names of the labels that it matches. */
  labels: string[];
}

/** What a query selects; throws with the place where it is no PromQL. */
export function selectorsOf(query: string): Selector[] {
  const selectors: Selector[] = [];
  parser.parse(query).iterate({
    enter: (node) => {
      const text = query.slice(node.from, node.to);
      if (node.type.isError)
        throw new Error(`is no PromQL at character ${node.from}: …${query.slice(node.from, node.from + 30)}`);
      if (node.name === 'Identifier' && node.node.parent?.name === 'VectorSelector')
        selectors.push({ metric: text, labels: [] });
      if (node.name === 'LabelName' && node.node.parent?.name.endsWith('LabelMatcher') === true)
        selectors.at(-1)?.labels.push(text);
    },
  });
  return selectors;
}
