import { assert, property } from 'fast-check';
import { expect, test } from 'vitest';
import { builtInPacks } from '../index.ts';
import { textLike } from '../testing/text-like.ts';
import { LiteralGate, LiteralTable } from './literal-gate.ts';

const rules = builtInPacks()
  .flatMap((pack) => pack.rules)
  .filter((rule) => 'regex' in rule);

test.each(rules)('the gate of $id opens for whatever its expression matches', ({ regex, gate, gate_with: others }) => {
  const clauses = others === undefined ? [gate] : [gate, others];
  const opens = new LiteralGate(new LiteralTable(clauses.flat()), [clauses], () => true);
  const expression = new RegExp(regex, 'i');
  assert(
    property(textLike(regex), (text) => {
      expect({ text, isHidden: expression.test(text) && !opens.opens(text) }).toEqual({ text, isHidden: false });
    }),
    { numRuns: 500 },
  );
});
