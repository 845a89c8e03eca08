import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Filter } from '../filter/filter.ts';
import type { Route } from '../routing/route.ts';
import type { Gateway } from './gateway.ts';
import { REFRESH_MS, zoomParams } from './queries.ts';

/** What `GET /timeline` answers: every bucket of the time asked for, oldest first. */
export interface TimelineAnswer {
  bucket_seconds: number;
  buckets: {
    start: string;
    total: number;
    by_severity: { MEDIUM: number; HIGH: number };
    by_class: Record<string, number>;
  }[];
}

/** Events over time in equal steps, ready to be drawn. */
export interface Timeline {
  /** Start of each bucket, epoch seconds. */
  starts: number[];
  bucketSeconds: number;
  medium: number[];
  high: number[];
  /** Events of the whole time, whatever severity the filter asks for. */
  totals: { MEDIUM: number; HIGH: number };
  /** The same by their strongest class, most first. */
  classes: { class: string; events: number }[];
}

/** Counts are kept by class and severity only: what the filter says of those holds here, the rest of it cannot. */
export function timelineQuery(gateway: Gateway, { range, zoom, filter }: Route) {
  const params = new URLSearchParams(zoom === undefined ? { range } : zoomParams(zoom));
  if (filter.class !== undefined) params.set('class', filter.class.join(','));
  return queryOptions({
    queryKey: ['timeline', params.toString()],
    queryFn: ({ signal }) => gateway.get<TimelineAnswer>(`timeline?${params.toString()}`, signal),
    select: (answer) => toTimeline(answer, severitiesOf(filter)),
    refetchInterval: zoom === undefined ? REFRESH_MS[range] : false,
    placeholderData: keepPreviousData,
  });
}

function severitiesOf(filter: Filter): { medium: boolean; high: boolean } {
  const wanted = filter.severity?.[0];
  return { high: wanted !== 'MEDIUM', medium: wanted !== 'HIGH' && filter.min_severity?.[0] !== 'HIGH' };
}

/** The gateway's answer ready to be drawn; a severity that is not `shown` is a flat line. */
function toTimeline(answer: TimelineAnswer, shown: { medium: boolean; high: boolean }): Timeline {
  const { bucket_seconds: bucketSeconds, buckets } = answer;
  const classes = new Map<string, number>();
  for (const { by_class: byClass } of buckets) {
    for (const [name, events] of Object.entries(byClass)) classes.set(name, (classes.get(name) ?? 0) + events);
  }
  return {
    starts: buckets.map(({ start }) => Date.parse(start) / 1_000),
    bucketSeconds,
    medium: buckets.map(({ by_severity: by }) => (shown.medium ? by.MEDIUM : 0)),
    high: buckets.map(({ by_severity: by }) => (shown.high ? by.HIGH : 0)),
    totals: { MEDIUM: sum(buckets, 'MEDIUM'), HIGH: sum(buckets, 'HIGH') },
    classes: [...classes].sort(([, a], [, b]) => b - a).map(([name, events]) => ({ class: name, events })),
  };
}

function sum(buckets: TimelineAnswer['buckets'], severity: 'MEDIUM' | 'HIGH'): number {
  return buckets.reduce((total, { by_severity: by }) => total + by[severity], 0);
}
