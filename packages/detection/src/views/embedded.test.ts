import { expect, test } from 'vitest';
import { createEngine } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';
import { isSearchParameter } from './search-phrase.ts';
import { targetViews } from './views.ts';

const named = (target: string, text: string) =>
  targetViews(requestOf({ target })).find((view) => view.kind === 'embedded' && view.text === text)?.name;
const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

test('a text within a document or a URL goes by the nearest name that says what it is', () => {
  expect(named(`/a?filter=${json({ title: { eq: 'some words' } })}`, 'some words')).toBe('title');
  expect(named(`/a?ids=${json(['some words'])}`, 'some words')).toBe('ids');
  expect(named('/a?u=%2Fb%3Fid%3Dsome%2Bwords', 'some words')).toBe('id');
  expect(named(`/a?d=${btoa(JSON.stringify({ term: 'some words' }))}`, 'some words')).toBe('term');
});

test('a text in a parameter of its own goes by its name, one in a folder of articles by what that is for', () => {
  const [value] = targetViews(requestOf({ target: '/a?id=5' })).filter((view) => view.field === 'param_value');
  expect(value?.name).toBe('id');
  expect(targetViews(requestOf({ target: '/wiki/Unix' })).every((view) => view.name === 'search')).toBe(true);
  expect(targetViews(requestOf({ target: '/shop/Unix' })).every((view) => view.name === undefined)).toBe(true);
});

test('a text that a part of a field is compared with is searched for, whatever the field', () => {
  for (const how of ['like', '$regex', '_nstarts_with', 'notContainsi'])
    expect(isSearchParameter(named(`/a?filter=${json({ id: { [how]: 'some words' } })}`, 'some words'))).toBe(true);
  for (const how of ['eq', '$ne', 'unlike', 'regexes'])
    expect(isSearchParameter(named(`/a?filter=${json({ id: { [how]: 'some words' } })}`, 'some words'))).toBe(false);
});

test('an attack does not hide behind more strings than are read of a document', () => {
  const engine = createEngine();
  const strings = Array.from({ length: 120 }, (_value, index) => `s${index}`);
  for (const at of [0, 60, 120]) {
    const request = requestOf({ target: `/a?d=${json(strings.toSpliced(at, 0, '<script>alert(1)</script>'))}` });
    expect(engine.conclude(request, engine.inspect(request)).severity).toBe('HIGH');
  }
});
