import { assert, property } from 'fast-check';
import { expect, test } from 'vitest';
import { textLike } from '../testing/text-like.ts';
import { HINTED } from './hinted.ts';
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
