import { z } from 'zod';
import type { Database } from '@vigil/shared/storage/database';
import type { Api } from './api.ts';
import { timelineCounts } from './stats-query.ts';
import { rangeBounds, rangeSchema, type Range } from './time-range.ts';

/** About sixty buckets each: what a chart of a screen's width can show. */
const BUCKET_SECONDS: Record<Range, number> = {
  '1h': 60,
  '6h': 5 * 60,
  '24h': 30 * 60,
  '7d': 3 * 3_600,
  '30d': 12 * 3_600,
};

const count = z.number().int().nonnegative();
const bucketSchema = z.object({
  start: z.iso.datetime(),
  total: count,
  by_severity: z.object({ MEDIUM: count, HIGH: count }),
  by_class: z.record(z.string(), count),
});

export const timelineSchema = z.object({
  range: rangeSchema,
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  bucket_seconds: z.number(),
  buckets: z.array(bucketSchema).describe('Every bucket of the range, oldest first, empty ones as zeros.'),
});
export type Timeline = z.infer<typeof timelineSchema>;

/** `GET /timeline`. */
export function timelineRoutes(api: Api, database: Database): void {
  api.add({
    method: 'GET',
    path: '/timeline',
    summary: 'Events per bucket of time, by severity and class',
    scope: 'read',
    query: z.object({ range: rangeSchema.default('24h') }),
    response: timelineSchema,
    handle: async ({ query: { range } }) => {
      const { since, until } = rangeBounds(range, Date.now());
      const bucketSeconds = BUCKET_SECONDS[range];
      const rows = await timelineCounts(database, since, until, bucketSeconds);
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

function emptyBuckets(since: Date, until: Date, bucketSeconds: number): Map<number, z.infer<typeof bucketSchema>> {
  const stepMs = bucketSeconds * 1_000;
  const buckets = new Map<number, z.infer<typeof bucketSchema>>();
  for (let start = Math.floor(since.getTime() / stepMs) * stepMs; start < until.getTime(); start += stepMs) {
    const by_severity = { MEDIUM: 0, HIGH: 0 };
    buckets.set(start, { start: new Date(start).toISOString(), total: 0, by_severity, by_class: {} });
  }
  return buckets;
}
