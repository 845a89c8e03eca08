import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Routing from './route.ts';
import { routeOf, searchOf } from './route.ts';

it('gives the same view from a copied address', () => {
  const search =
    '?event=0e8b&severity=HIGH&class=XSS,SSRF&path=/a/*&range=7d&since=2026-11-23T10:00:00.000Z&until=2026-11-23T11:00:00.000Z';
  expect(searchOf(routeOf(search))).toBe(search);
});

it.each(['', '?view=rules', '?view=pipeline&range=6h'])('knows its views: “%s”', (search) => {
  expect(searchOf(routeOf(search))).toBe(search);
});

it('falls back to the live view of the last hour for anything that it does not know', () => {
  expect(routeOf('?view=x&range=2y&since=2026-11-23&until=2026-11-22')).toEqual({
    view: 'live',
    event: undefined,
    filter: {},
    range: '1h',
    zoom: undefined,
  });
  expect(searchOf(routeOf(''))).toBe('');
});

describe('going from view to view', () => {
  /** Addresses as a browser keeps them, newest last. */
  let visited: { url: string; state: unknown }[];
  let scrolled: number;
  let route: typeof Routing;

  beforeEach(async () => {
    [visited, scrolled] = [[{ url: '/vigil/?class=XSS', state: null }], 0];
    const place = (): URL => new URL(visited.at(-1)?.url ?? '', 'http://vigil');
    vi.stubGlobal('location', {
      get pathname() {
        return place().pathname;
      },
      get search() {
        return place().search;
      },
    });
    vi.stubGlobal('history', {
      get state() {
        return visited.at(-1)?.state;
      },
      pushState: (state: unknown, _title: string, url: string) => visited.push({ url, state }),
      replaceState: (state: unknown, _title: string, url: string) => visited.splice(-1, 1, { url, state }),
      back: () => visited.pop(),
    });
    vi.stubGlobal('scrollTo', () => (scrolled += 1));
    vi.resetModules();
    route = await import('./route.ts');
  });
  afterEach(() => void vi.unstubAllGlobals());

  const urls = (): string[] => visited.map(({ url }) => url);

  it('keeps what does not change, and remembers where it was', () => {
    route.navigate({ event: '0e8b' });
    expect(urls()).toEqual(['/vigil/?class=XSS', '/vigil/?event=0e8b&class=XSS']);
    expect(route.currentRoute()).toMatchObject({ event: '0e8b', filter: { class: ['XSS'] } });
  });

  it('goes nowhere where it is already', () => {
    route.navigate({ filter: { class: ['XSS'] }, range: '1h' });
    expect(urls()).toHaveLength(1);
  });

  it('takes the place of an address that nobody goes back to', () => {
    route.navigate({ event: '1' });
    route.navigate({ event: '2' }, { replace: true });
    expect(urls()).toEqual(['/vigil/?class=XSS', '/vigil/?event=2&class=XSS']);
    route.navigateBack({ event: undefined });
    expect(urls()).toEqual(['/vigil/?class=XSS']);
  });

  it('shows another view or event from its top, and leaves a list where it is when its filter changes', () => {
    route.navigate({ range: '6h' });
    route.navigate({ filter: {} });
    expect(scrolled).toBe(0);
    route.navigate({ event: '1' });
    route.navigate({ event: '2' });
    route.navigate({ event: undefined, view: 'rules' });
    expect(scrolled).toBe(3);
  });

  it('goes back only to where it came from', () => {
    route.navigate({ event: '1' });
    route.navigateBack({ event: undefined, range: '6h' });
    expect(urls()).toHaveLength(3);
    expect(urls().at(-1)).toBe('/vigil/?class=XSS&range=6h');
  });
});
