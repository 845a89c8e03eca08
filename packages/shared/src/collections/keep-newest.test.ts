import { expect, it } from 'vitest';
import { keepNewest } from './keep-newest.ts';

it('takes out what was put in first, and nothing where there is room', () => {
  const entries = new Map([1, 2, 3, 4].map((key) => [key, key]));
  keepNewest(entries, 4);
  expect([...entries.keys()]).toEqual([1, 2, 3, 4]);
  keepNewest(entries, 2);
  expect([...entries.keys()]).toEqual([3, 4]);
  keepNewest(entries, 0);
  expect(entries.size).toBe(0);
});
