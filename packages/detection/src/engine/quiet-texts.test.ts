import { array, assert, property, stringMatching } from 'fast-check';
import { expect, test } from 'vitest';
import { QuietTexts } from './quiet-texts.ts';

test('knows the texts that were added and no others, wherever they stand', () => {
  assert(
    property(array(stringMatching(/^[ -~]{2,40}$/), { minLength: 1, maxLength: 20 }), (added) => {
      const texts = new QuietTexts();
      for (const text of added) {
        const bytes = Buffer.from(`<${text}>`);
        texts.has(bytes, 1, 1 + text.length);
        texts.add(bytes, 1, 1 + text.length);
        const elsewhere = Buffer.from(`http://${text}`);
        expect(texts.has(elsewhere, 7, elsewhere.length)).toBe(true);
        for (const other of [`${text}x`, `x${text}`, text.slice(1), `${text.slice(0, -1)}\0`])
          expect([other, added.includes(other) || !texts.has(Buffer.from(other), 0, other.length)]).toEqual([
            other,
            true,
          ]);
      }
    }),
  );
});

test('takes a part of the same memory for another text', () => {
  const texts = new QuietTexts();
  const whole = Buffer.from('a referer of some length');
  expect(texts.has(whole.subarray(0, 9), 0, 9)).toBe(false);
  texts.add(whole, 0, 9);
  expect(texts.has(whole, 0, 9)).toBe(true);
  expect(texts.has(whole, 0, whole.length)).toBe(false);
});

test('does not remember long texts', () => {
  const texts = new QuietTexts();
  const long = Buffer.alloc(257, 'a');
  texts.has(long, 0, long.length);
  texts.add(long, 0, long.length);
  expect(texts.has(long, 0, long.length)).toBe(false);
});
