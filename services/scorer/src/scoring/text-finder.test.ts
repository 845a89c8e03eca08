import { assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { TextFinder } from './text-finder.ts';

const few = (minLength: number, maxLength: number) =>
  string({
    unit: string({ minLength: 1, maxLength: 1 }).map((char) => (char.charCodeAt(0) % 2 ? 'a' : 'b')),
    minLength,
    maxLength,
  });

it('finds what looking at every place finds', () => {
  assert(
    property(few(1, 5), few(0, 20), (text, other) => {
      const places = Array.from({ length: other.length + 1 }, (_, end) => end);
      const found = places.filter((end) => end >= text.length && other.slice(0, end).endsWith(text));
      const begun = Math.max(
        ...Array.from({ length: text.length }, (_, length) => (other.endsWith(text.slice(0, length)) ? length : 0)),
      );
      expect(new TextFinder(text).findIn(other)).toEqual({ found, begun });
    }),
  );
});
