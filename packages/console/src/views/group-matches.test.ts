import { expect, it } from 'vitest';
import type { Match } from '../api/types.ts';
import { groupMatches } from './group-matches.ts';

it('puts together what was found in one place behind the same decoders, in the order of the strongest', () => {
  const found = (rule: string, parameter: string | undefined, ...decoded: string[]): Match =>
    ({ rule, field: 'param_value', ...(parameter === undefined ? {} : { parameter }), decoded }) as unknown as Match;
  const matches = [
    found('a', 'q', 'percent'),
    found('b', 'q'),
    found('c', 'q', 'percent'),
    found('d', 'p', 'percent'),
    { ...found('e', 'q', 'percent'), field: 'param_name' as const },
    found('f', undefined, 'percent'),
  ];
  expect(
    groupMatches(matches).map(({ matches: group }) => group.map(({ match, index }) => [match.rule, index])),
  ).toEqual([
    [
      ['a', 0],
      ['c', 2],
    ],
    [['b', 1]],
    [['d', 3]],
    [['e', 4]],
    [['f', 5]],
  ]);
});
