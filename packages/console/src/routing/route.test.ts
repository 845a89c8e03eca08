import { expect, it } from 'vitest';
import { routeOf, searchOf } from './route.ts';

it('gives the same view from a copied address', () => {
  const search =
    '?event=0e8b&severity=HIGH&class=XSS,SSRF&path=/a/*&range=7d&since=2026-11-23T10:00:00.000Z&until=2026-11-23T11:00:00.000Z';
  expect(searchOf(routeOf(search))).toBe(search);
});

it('falls back to the live view of the last hour for anything that it does not know', () => {
  expect(routeOf('?view=x&range=2y&since=later&until=never')).toEqual({
    view: 'live',
    event: undefined,
    filter: {},
    range: '1h',
    zoom: undefined,
  });
  expect(searchOf(routeOf(''))).toBe('');
});
