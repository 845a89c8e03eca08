import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { filterParams, type Filter } from '../filter/filter.ts';
import type { Range, Route } from '../routing/route.ts';
import type { Gateway } from './gateway.ts';
import type { ModelsStatus, Rules, Source, Stats, ThreatDetail, ThreatPage } from './types.ts';

const PAGE_THREATS = 60;

/** How often figures are asked for again while someone looks; alerts that arrive ask sooner. */
export const REFRESH_MS: Record<Range, number> = {
  '1h': 5_000,
  '6h': 10_000,
  '24h': 20_000,
  '7d': 60_000,
  '30d': 60_000,
};

export function statsQuery(gateway: Gateway, range: Range) {
  return queryOptions({
    queryKey: ['stats', range],
    queryFn: ({ signal }) => gateway.get<Stats>(`stats?range=${range}`, signal),
    refetchInterval: REFRESH_MS[range],
    placeholderData: keepPreviousData,
  });
}

/** The part of the time that was zoomed into, as the gateway reads it. */
export function zoomParams(zoom: Route['zoom']): Record<string, string> {
  if (zoom === undefined) return {};
  return { since: new Date(zoom.sinceMs).toISOString(), until: new Date(zoom.untilMs).toISOString() };
}

/** Which events the list holds. */
export function selectionParams({ filter, zoom }: Pick<Route, 'filter' | 'zoom'>): URLSearchParams {
  return new URLSearchParams([...filterParams(filter), ...Object.entries(zoomParams(zoom))]);
}

/** Stored events before the live ones, page by page. */
export function threatsQuery(gateway: Gateway, filter: Filter, zoom: Route['zoom']) {
  return infiniteQueryOptions({
    queryKey: ['threats', filterParams(filter).toString(), zoom ?? null],
    queryFn: ({ pageParam, signal }) => {
      const params = selectionParams({ filter, zoom });
      params.set('limit', String(PAGE_THREATS));
      if (pageParam !== null) params.set('cursor', pageParam);
      return gateway.get<ThreatPage>(`threats?${params.toString()}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // The stream brings what is new; asking again would only move the border between stored and live.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

export function threatQuery(gateway: Gateway, id: string) {
  return queryOptions({
    queryKey: ['threat', id],
    queryFn: ({ signal }) => gateway.get<ThreatDetail>(`threats/${encodeURIComponent(id)}`, signal),
    staleTime: 30_000,
  });
}

export function modelsQuery(gateway: Gateway) {
  return queryOptions({
    queryKey: ['models'],
    queryFn: ({ signal }) => gateway.get<ModelsStatus>('models/status', signal),
    refetchInterval: 5_000,
  });
}

export function sourceQuery(gateway: Gateway, ip: string) {
  return queryOptions({
    queryKey: ['source', ip],
    queryFn: ({ signal }) => gateway.get<Source>(`sources/${encodeURIComponent(ip)}`, signal),
    staleTime: 15_000,
  });
}

export function rulesQuery(gateway: Gateway) {
  return queryOptions({
    queryKey: ['rules'],
    queryFn: ({ signal }) => gateway.get<Rules>('rules', signal),
    staleTime: 60_000,
  });
}
