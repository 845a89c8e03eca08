import { expect, test } from 'vitest';
import { rememberedByKeys } from './remembered-by-keys.ts';

test('objects with the same keys are asked about once', () => {
  let asked = 0;
  const count = rememberedByKeys((keys) => {
    asked += 1;
    return keys.size;
  });
  expect([{ a: 1, b: 2 }, { a: 3, b: 4 }, { a: 5 }, { a: 'x', b: {} }, { a: '' }].map(count)).toEqual([2, 2, 1, 2, 1]);
  expect(asked).toBe(2);
});

test('keys are told apart whatever is in them, and in however many kinds they come', () => {
  const joined = rememberedByKeys((keys) => [...keys]);
  const objects = Array.from({ length: 100 }, (_, index) => ({ [`a${index}`]: 1, 'b\nc': 1 }));
  for (const object of [...objects, { 'a,b': 1 }, { a: 1, b: 1 }, { b: 1, a: 1 }, {}, ...objects])
    expect(joined(object)).toEqual(Object.keys(object));
});
