import { expect, test } from 'vitest';
import { requestOf } from '../rules/example-request.ts';
import { targetViews } from './views.ts';

const texts = (target: string) => targetViews(requestOf({ target })).map((view) => view.text);

test('a path is read without its empty steps, too, but for those of an address within it', () => {
  expect(texts('//a///b//c')).toContain('/a/b/c');
  expect(texts('/proxy/https://b.example/c')).not.toContain('/proxy/https:/b.example/c');
  expect(texts('/.env%0d%0a')).toContain('/.env');
  expect(texts('/.git/config%20')).toContain('/.git/config');
});

test('a word is read without what splits it and is not drawn', () => {
  expect(texts('/a?id=sel%0bect')).toContain('select');
  expect(texts('/a?id=5%0bselect%0b7')).toContain('5\u000bselect\u000b7');
});
