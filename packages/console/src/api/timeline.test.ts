import { expect, it, vi } from 'vitest';
import type { Filter } from '../filter/filter.ts';
import { Gateway } from './gateway.ts';
import { timelineQuery, type Timeline, type TimelineAnswer } from './timeline.ts';

const ANSWER: TimelineAnswer = {
  bucket_seconds: 60,
  buckets: [
    {
      start: '2026-11-27T10:00:00.000Z',
      total: 3,
      by_severity: { MEDIUM: 2, HIGH: 1 },
      by_class: { RECON_PROBE: 2, XSS: 1 },
    },
    { start: '2026-11-27T10:01:00.000Z', total: 4, by_severity: { MEDIUM: 0, HIGH: 4 }, by_class: { XSS: 4 } },
  ],
};
const gateway = new Gateway('', () => undefined);

function shown(filter: Filter): Timeline {
  const { select } = timelineQuery(gateway, { view: 'live', range: '1h', filter });
  return select!(ANSWER);
}

it('counts events by their severity and class, most first', () => {
  expect(shown({})).toEqual({
    starts: [Date.UTC(2026, 10, 27, 10) / 1_000, Date.UTC(2026, 10, 27, 10, 1) / 1_000],
    bucketSeconds: 60,
    medium: [2, 0],
    high: [1, 4],
    totals: { MEDIUM: 2, HIGH: 5 },
    classes: [
      { class: 'XSS', events: 5 },
      { class: 'RECON_PROBE', events: 2 },
    ],
  });
});

it.each<[Filter, number[], number[]]>([
  [{ severity: ['HIGH'] }, [0, 0], [1, 4]],
  [{ severity: ['MEDIUM'] }, [2, 0], [0, 0]],
  [{ min_severity: ['HIGH'] }, [0, 0], [1, 4]],
  [{ min_severity: ['MEDIUM'] }, [2, 0], [1, 4]],
])('draws the severities that %o asks for, and keeps the totals of both', (filter, medium, high) => {
  expect(shown(filter)).toMatchObject({ medium, high, totals: { MEDIUM: 2, HIGH: 5 } });
});

it('asks for the classes of the filter, which alone are counted over time, and for the zoomed time once', async () => {
  const asked = vi.spyOn(gateway, 'get').mockResolvedValue(ANSWER);
  const { signal } = new AbortController();
  const filter = { class: ['XSS', 'SSRF'], path: ['/a'] };
  const zoom = { sinceMs: Date.UTC(2026, 10, 27, 10), untilMs: Date.UTC(2026, 10, 27, 11) };
  for (const route of [{ filter }, { filter, zoom }]) {
    const { queryFn } = timelineQuery(gateway, { view: 'live', range: '6h', ...route });
    await (queryFn as (context: { signal: AbortSignal }) => Promise<unknown>)({ signal });
  }
  expect(asked.mock.calls.map(([path]) => decodeURIComponent(path))).toEqual([
    'timeline?range=6h&class=XSS,SSRF',
    'timeline?since=2026-11-27T10:00:00.000Z&until=2026-11-27T11:00:00.000Z&class=XSS,SSRF',
  ]);
  expect(timelineQuery(gateway, { view: 'live', range: '6h', filter, zoom }).refetchInterval).toBe(false);
  expect(timelineQuery(gateway, { view: 'live', range: '6h', filter }).refetchInterval).toBe(10_000);
});
