import { expect, test } from 'vitest';
import { requestOf } from '../rules/example-request.ts';
import { targetViews } from './views.ts';

const texts = (target: string) => targetViews(requestOf({ target })).map((view) => view.text);

test('a path is read without its empty steps, too, but for those of a URL within it', () => {
  expect(texts('//a///b//c')).toContain('/a/b/c');
  expect(texts('/proxy/https://b.example/c')).not.toContain('/proxy/https:/b.example/c');
  expect(texts('/.env%0d%0a')).toContain('/.env');
  expect(texts('/.git/config%20')).toContain('/.git/config');
});

test.each([
  ['/app/..;/admin', '/admin'],
  ['/;a=b/admin;jsessionid=1/x.jsp', '/admin/x.jsp'],
  ['/a;v=1.1;b/c;d', '/a/c'],
  ['/b/./c/../.env', '/b/.env'],
  ['/../../etc', '/etc'],
  ['/b/c/..', '/b'],
  ['/b/..', '/'],
  [`${'/b/..'.repeat(1500)}/c`, '/c'],
  [`${'/.'.repeat(3000)}/c`, '/c'],
  ['/scripts%5c..%5cc', '/c'],
  ['/\\c', '/c'],
  ['/.env#b', '/.env'],
  ['/.env%3fb', '/.env'],
  ['/.env...', '/.env'],
])('what a server makes of the path %s is read, too', (target, served) => {
  expect(texts(target)).toContain(served);
});

test('percent signs that begin no code are dropped from words, as classic ASP does', () => {
  expect(texts('/a?id=7%20se%lect%20b')).toContain('7 select b');
  expect(texts('/a?id=%s%e%l%e%c%t+%b')).toContain('select b');
  expect(texts('/a?id=100%&b=%c%&c=5%25')).not.toContain('100');
  expect(texts('/a?id=%campaign%')).not.toContain('campaign%');
});

test.each([
  ['%CA%B9', "'"],
  ['%CB%88', "'"],
  ['%CA%BA', '"'],
  ['%E2%8C%A9', '<'],
  ['..%E2%A7%B8', '../'],
  ['un%C4%B1on', 'union'],
  ['..%C2%A5b%A5..%C2%A5c', '..\\b\\..\\c'],
  ['..%E2%82%A9b', '..\\b'],
  ['5%C2%A5..7%C2%A5', '5¥..7¥'],
])('%s is read as what databases and code pages make of it', (written, read) => {
  expect(texts(`/a?id=${written}`)).toContain(read);
});

test('a word is read without what splits it and is not drawn', () => {
  expect(texts('/a?id=sel%0bect')).toContain('select');
  expect(texts('/a?id=5%0bselect%0b7')).toContain('5\u000bselect\u000b7');
});
