import { z } from 'zod';
import { alertFilterShape } from '@vigil/shared/alerts/alert-filter';
import { invalidRequest } from '@vigil/shared/http/problem';
import type { Database } from '@vigil/shared/storage/database';
import type { Api } from './api.ts';
import { timelineCounts } from './stats-query.ts';
import { count, instant } from './threat-schemas.ts';
import { rangeBounds, rangeSchema, type Range } from './time-range.ts';

/** About sixty buckets each: what a chart of a screen's width can show. */
const BUCKET_SECONDS: Record<Range, number> = {
  '1h': 60,
  '6h': 5 * 60,
  '24h': 30 * 60,
  '7d': 3 * 3_600,
  '30d': 12 * 3_600,
};

/** Steps for a part of the time; counts are kept by the minute. */
const STEPS_SECONDS = [60, 120, 300, 600, 1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 24 * 3_600];
const BUCKETS_MAX = 120;

const timelineQuerySchema = z.strictObject({
  range: rangeSchema.default('24h').describe('Ends now; ignored where since is given.'),
  since: instant.optional().describe('First event time, inclusive; together with until.'),
  until: instant.optional().describe('Last event time, exclusive.'),
  class: alertFilterShape.class.describe('Only events whose strongest class is one of these.'),
});

const bucketSchema = z.object({
  start: z.iso.datetime(),
  total: count,
  by_severity: z.object({ MEDIUM: count, HIGH: count }),
  by_class: z.record(z.string(), count),
});

const timelineSchema = z
  .object({
    range: rangeSchema.nullable().describe('Null where since and until were given.'),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    bucket_seconds: z.number(),
    buckets: z.array(bucketSchema).describe('Every bucket of the time asked for, oldest first, empty ones as zeros.'),
  })
  .meta({ id: 'Timeline' });

/** `GET /timeline`. */
export function timelineRoutes(api: Api, database: Database): void {
  api.add({
    method: 'GET',
    path: '/timeline',
    name: 'getTimeline',
    summary: 'Events per bucket of time, by severity and class',
    scope: 'read',
    query: timelineQuerySchema,
    response: timelineSchema,
    handle: async ({ query }) => {
      const { range, since, until, bucketSeconds } = extentOf(query);
      const rows = await timelineCounts(database, since, until, bucketSeconds, query.class);
      const buckets = emptyBuckets(since, until, bucketSeconds);
      for (const row of rows) {
        const bucket = buckets.get(Date.parse(row.start));
        if (bucket === undefined) continue;
        const events = Number(row.events);
        bucket.total += events;
        bucket.by_severity[row.severity] += events;
        bucket.by_class[row.class] = (bucket.by_class[row.class] ?? 0) + events;
      }
      return {
        range,
        since: since.toISOString(),
        until: until.toISOString(),
        bucket_seconds: bucketSeconds,
        buckets: [...buckets.values()],
      };
    },
  });
}

interface Extent {
  range: Range | null;
  since: Date;
  until: Date;
  bucketSeconds: number;
}

/** @throws ProblemError 422 */
function extentOf(query: z.output<typeof timelineQuerySchema>): Extent {
  if (query.since === undefined && query.until !== undefined) {
    throw invalidRequest('until: needs since beside it');
  }
  if (query.since === undefined) {
    return { range: query.range, ...rangeBounds(query.range, Date.now()), bucketSeconds: BUCKET_SECONDS[query.range] };
  }
  const since = new Date(query.since);
  const until = query.until === undefined ? new Date() : new Date(query.until);
  const seconds = (until.getTime() - since.getTime()) / 1_000;
  const bucketSeconds = STEPS_SECONDS.find((step) => seconds / step <= BUCKETS_MAX);
  if (seconds <= 0 || bucketSeconds === undefined) {
    throw invalidRequest(`until must follow since by ${BUCKETS_MAX} days at most`);
  }
  return { range: null, since, until, bucketSeconds };
}

function emptyBuckets(since: Date, until: Date, bucketSeconds: number): Map<number, z.infer<typeof bucketSchema>> {
  const stepMs = bucketSeconds * 1_000;
  const buckets = new Map<number, z.infer<typeof bucketSchema>>();
  for (let start = Math.floor(since.getTime() / stepMs) * stepMs; start < until.getTime(); start += stepMs) {
    const by_severity = { MEDIUM: 0, HIGH: 0 };
    buckets.set(start, { start: new Date(start).toISOString(), total: 0, by_severity, by_class: {} });
  }
  return buckets;
}
