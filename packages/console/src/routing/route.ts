import { useSyncExternalStore } from 'react';
import { filterOf, filterParams, type Filter } from '../filter/filter.ts';

export const RANGES = ['1h', '6h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];
/** What stands after “last” in words. */
export const SPOKEN = { '1h': 'hour', '6h': '6 hours', '24h': '24 hours', '7d': '7 days', '30d': '30 days' } as const;
export type View = 'live' | 'rules' | 'pipeline';

/** Everything that makes a view, and nothing else: a copied address shows the same to a colleague. */
export interface Route {
  view: View;
  /** Event whose page is open. */
  event?: string | undefined;
  filter: Filter;
  range: Range;
  /** Zoomed part of the timeline, epoch ms. */
  zoom?: { sinceMs: number; untilMs: number } | undefined;
}

/** The route in a query; what is missing or makes no sense there is as it is at the start. */
export function routeOf(search: string): Route {
  const params = new URLSearchParams(search);
  const view = params.get('view');
  const range = params.get('range') as Range;
  const sinceMs = Date.parse(params.get('since') ?? '');
  const untilMs = Date.parse(params.get('until') ?? '');
  return {
    view: view === 'rules' || view === 'pipeline' ? view : 'live',
    event: params.get('event') ?? undefined,
    filter: filterOf(params),
    range: RANGES.includes(range) ? range : '1h',
    zoom: sinceMs < untilMs ? { sinceMs, untilMs } : undefined,
  };
}

/** The query of a route, with `?` where there is any. Defaults are left out. */
export function searchOf(route: Route): string {
  const params = new URLSearchParams();
  if (route.view !== 'live') params.set('view', route.view);
  if (route.event !== undefined) params.set('event', route.event);
  for (const [key, value] of filterParams(route.filter)) params.append(key, value);
  if (route.range !== '1h') params.set('range', route.range);
  if (route.zoom !== undefined) {
    params.set('since', new Date(route.zoom.sinceMs).toISOString());
    params.set('until', new Date(route.zoom.untilMs).toISOString());
  }
  // Readable in an address bar: none of these needs its escape in a query.
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
  return text === '' ? '' : `?${text}`;
}

const listeners = new Set<() => void>();
let current: Route | undefined;

function notify(): void {
  current = undefined;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('popstate', notify);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) removeEventListener('popstate', notify);
  };
}

export function currentRoute(): Route {
  current ??= routeOf(location.search);
  return current;
}

/** Goes to another view; `replace` where going back to this one would be of no use. */
export function navigate(change: Partial<Route>, options: { replace?: boolean } = {}): void {
  const before = currentRoute();
  const next = searchOf({ ...before, ...change });
  if (next === searchOf(before)) return;
  const url = `${location.pathname}${next}`;
  if (options.replace === true) history.replaceState(history.state, '', url);
  else history.pushState({ from: searchOf(before) }, '', url);
  notify();
  const { view, event } = currentRoute();
  if (view !== before.view || event !== before.event) scrollTo({ top: 0 });
}

/** The same for a view that was likely come from: back to it, so that it is scrolled as it was left, rather than to it once more. */
export function navigateBack(change: Partial<Route>): void {
  const { from } = (history.state ?? {}) as { from?: string };
  if (from === searchOf({ ...currentRoute(), ...change })) history.back();
  else navigate(change);
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute);
}
