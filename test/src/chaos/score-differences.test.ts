import { expect, it } from 'vitest';
import { scoreDifferences } from './score-differences.ts';

const TRUTH = new Map([
  ['text', { score: 0.9, severity: 'HIGH', byWindow: false }],
  ['window', { score: 0.6, severity: 'MEDIUM', byWindow: true }],
]);
const TEXT = { id: 'text', score: 0.9, byWindow: false };
const WINDOW = { id: 'window', score: 0.6, byWindow: true };

it('finds nothing where both say the same', () => {
  expect(scoreDifferences(TRUTH, [TEXT, WINDOW])).toEqual({ missing: [], surplus: [], rescored: [], unexcused: [] });
});

it.each([
  { what: 'is missing', stored: [WINDOW], kind: 'missing', id: 'text' },
  { what: 'has another score', stored: [{ ...TEXT, score: 0.8 }, WINDOW], kind: 'rescored', id: 'text' },
  { what: 'is surplus', stored: [TEXT, WINDOW, { ...TEXT, id: 'more' }], kind: 'surplus', id: 'more' },
])('excuses no event of the text alone that $what', ({ stored, kind, id }) => {
  expect(scoreDifferences(TRUTH, stored)).toMatchObject({ [kind]: [id], unexcused: [id] });
});

it.each([
  { what: 'is missing', stored: [TEXT], kind: 'missing', id: 'window' },
  { what: 'has another score', stored: [TEXT, { ...WINDOW, score: 0.7 }], kind: 'rescored', id: 'window' },
  {
    what: 'has more by a window',
    stored: [{ ...TEXT, score: 0.95, byWindow: true }, WINDOW],
    kind: 'rescored',
    id: 'text',
  },
  { what: 'is surplus', stored: [TEXT, WINDOW, { ...WINDOW, id: 'more' }], kind: 'surplus', id: 'more' },
])('excuses an event that rests on a window and $what', ({ stored, kind, id }) => {
  expect(scoreDifferences(TRUTH, stored)).toMatchObject({ [kind]: [id], unexcused: [] });
});
