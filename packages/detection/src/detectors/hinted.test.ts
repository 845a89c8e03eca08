import { array, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { anyOf } from '../text/regex.ts';
import { textLike } from '../testing/text-like.ts';
import { HINTED, HintedAny } from './hinted.ts';
import './registry.ts';

test.each(HINTED.map((hinted) => [hinted.expression.source.slice(0, 60), hinted] as const))(
  'whatever %s matches has a literal of its hint',
  (_, hinted) => {
    assert(
      property(textLike(hinted.expression.source), (text) => {
        const isHidden = text.search(hinted.expression) !== -1 && !hinted.mayMatch(text);
        expect({ text, isHidden }).toEqual({ text, isHidden: false });
      }),
      { numRuns: 2000 },
    );
  },
);

test('expressions with hints of their own find together what one of them all would', () => {
  const parts = [/b{1,2}c/i, /a?b/i, /[ab]c?d/i, /\bc\s{0,2}d/i] as const;
  const together = new HintedAny(
    [parts[0], ['bc']],
    [parts[1], ['b']],
    [parts[2], ['a', 'b'], ['d']],
    [parts[3], ['c']],
  );
  const one = anyOf(...parts);
  assert(
    property(array(constantFrom('a', 'b', 'c', 'd', ' ', 'C'), { maxLength: 8 }), (chars) => {
      const text = chars.join('');
      expect([text, together.exec(text), together.test(text)]).toEqual([text, one.exec(text), one.test(text)]);
    }),
    { numRuns: 3000 },
  );
});
