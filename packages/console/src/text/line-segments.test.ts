import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineSegments } from './line-segments.ts';

it('cuts a line at the borders of overlapping spans', () => {
  expect(lineSegments('abcdef', [[1, 4], [3, 5], undefined])).toEqual([
    { text: 'a', at: 0, spans: [] },
    { text: 'bc', at: 1, spans: [0] },
    { text: 'd', at: 3, spans: [0, 1] },
    { text: 'e', at: 4, spans: [1] },
    { text: 'f', at: 5, spans: [] },
  ]);
});

it('does not cut where a span holds nothing', () => {
  expect(
    lineSegments('abc', [
      [1, 1],
      [2, 1],
      [3, 9],
    ]),
  ).toEqual([{ text: 'abc', at: 0, spans: [] }]);
});

it('never loses or repeats a character, whatever the spans', () => {
  const span = fc.tuple(fc.integer({ min: -5, max: 60 }), fc.integer({ min: -5, max: 60 }));
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), fc.array(fc.option(span, { nil: undefined })), (line, spans) => {
      expect(
        lineSegments(line, spans)
          .map((segment) => segment.text)
          .join(''),
      ).toBe(line);
    }),
  );
});
