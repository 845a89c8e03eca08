import { createEngine, type RuleExample, type RulePack } from '@vigil/detection';
import { exampleRequest } from '@vigil/detection/rules/example-request';

export type FailedExample = { rule: string; kind: 'positive' | 'negative'; example: RuleExample };

/** Runs the examples of `tested` on an engine of `packs`: a positive one must match its own rule, a negative one must not. */
export function failedExamples(
  packs: readonly RulePack[],
  tested: readonly RulePack[],
): { checked: number; failures: FailedExample[] } {
  const engine = createEngine({ packs });
  const failures: FailedExample[] = [];
  let checked = 0;
  for (const rule of tested.flatMap((pack) => pack.rules)) {
    for (const kind of ['positive', 'negative'] as const) {
      for (const example of rule.examples[kind]) {
        checked += 1;
        const matched = engine.inspect(exampleRequest(example)).matches.some((match) => match.rule === rule.id);
        if (matched !== (kind === 'positive')) failures.push({ rule: rule.id, kind, example });
      }
    }
  }
  return { checked, failures };
}
