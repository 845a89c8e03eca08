import { array, assert, integer, jsonValue, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { exceededBound, type OutlineBounds } from './json-outline.ts';

const NO_BOUNDS: OutlineBounds = { membersMax: Infinity, linesMax: Infinity, innerMax: Infinity };

/** What `exceededBound` counts, out of the value itself. */
function outlineOf(value: unknown): Record<keyof OutlineBounds, number> {
  const counts = { membersMax: 1, linesMax: 1, innerMax: 0 };
  const walk = (at: unknown, depth: number): void => {
    if (typeof at !== 'object' || at === null) return;
    if (depth >= 2) counts.innerMax += 1;
    const items: unknown[] = Object.values(at);
    const commas = Math.max(0, items.length - 1);
    counts[depth === 0 ? 'membersMax' : depth === 1 ? 'linesMax' : 'innerMax'] += commas;
    for (const item of items) walk(item, depth + 1);
  };
  walk(value, 0);
  return counts;
}

it('counts what a document holds outside of its strings, whatever stands in them', () => {
  const hostile = string({ unit: 'binary' }).map((text) => `${text}"\\[{,`);
  const values = jsonValue({ stringUnit: 'binary', maxDepth: 5 });
  assert(
    property(values, array(hostile), integer({ min: 0, max: 2 }), (value, lines, indent) => {
      const document = { lines, value };
      const json = Buffer.from(JSON.stringify(document, undefined, indent));
      const counts = outlineOf(document);
      for (const name of ['membersMax', 'linesMax', 'innerMax'] as const) {
        expect(exceededBound(json, { ...NO_BOUNDS, [name]: counts[name] })).toBeUndefined();
        expect(exceededBound(json, { ...NO_BOUNDS, [name]: counts[name] - 1 })).toBe(name);
      }
    }),
  );
});

it.each(['', '"', '"\\', '{"lines":["a', ']]]}', '\\"', '{"a":"\\\\"'])(
  'leaves %s, which is no JSON, to the parser',
  (text) => {
    expect(exceededBound(Buffer.from(text), { membersMax: 2, linesMax: 2, innerMax: 2 })).toBeUndefined();
  },
);
