import { z } from 'zod';
import type { Database } from '@vigil/shared/storage/database';
import type { Api } from './api.ts';
import { lineCounts, threatCounts, type Count } from './stats-query.ts';
import { count } from './threat-schemas.ts';
import { rangeBounds, rangeSchema } from './time-range.ts';
import { topOf } from './top-query.ts';

const TOP = 10;

const pipelineSchema = z
  .object({
    read: count.describe('scored.total + rejected.total + dead_lettered'),
    scored: z.object({ total: count, LOW: count, MEDIUM: count, HIGH: count }),
    rejected: z.object({ total: count, by_reason: z.record(z.string(), count) }),
    dead_lettered: count,
    suppressed: count.describe('Requests that a suppression kept from alerting; scored all the same.'),
  })
  .describe('What became of the lines that were handled in the range.');

const statsSchema = z
  .object({
    range: rangeSchema,
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    total: count.describe(
      'Events that were stored and whose own time lies in the range, also those that retention has dropped since.',
    ),
    by_severity: z.object({ MEDIUM: count, HIGH: count }),
    by_class: z.array(z.object({ class: z.string(), events: count })),
    top_source_ips: z.array(z.object({ source_ip: z.string(), events: count })),
    top_paths: z.array(z.object({ path: z.string(), events: count })),
    pipeline: pipelineSchema,
  })
  .meta({ id: 'Stats' });

/** `GET /stats`. */
export function statsRoutes(api: Api, database: Database): void {
  api.add({
    method: 'GET',
    path: '/stats',
    name: 'getStats',
    summary: 'Totals, breakdowns, top addresses and paths, and what became of every line',
    scope: 'read',
    query: z.strictObject({ range: rangeSchema.default('24h') }),
    response: statsSchema,
    handle: async ({ query }) => {
      const { since, until } = rangeBounds(query.range, Date.now());
      const [threats, sources, paths, lines] = await Promise.all([
        threatCounts(database, since, until),
        topOf(database, 'source', since, until, TOP),
        topOf(database, 'path', since, until, TOP),
        lineCounts(database, since, until),
      ]);
      const bySeverity = sumBy(threats, (row) => row.severity);
      const byClass = [...sumBy(threats, (row) => row.class)].sort(([, a], [, b]) => b - a);
      return {
        range: query.range,
        since: since.toISOString(),
        until: until.toISOString(),
        total: [...bySeverity.values()].reduce((sum, events) => sum + events, 0),
        by_severity: { MEDIUM: bySeverity.get('MEDIUM') ?? 0, HIGH: bySeverity.get('HIGH') ?? 0 },
        by_class: byClass.map(([name, events]) => ({ class: name, events })),
        top_source_ips: sources.map(({ name, count: events }) => ({ source_ip: name, events })),
        top_paths: paths.map(({ name, count: events }) => ({ path: name, events })),
        pipeline: pipelineOf(lines),
      };
    },
  });
}

function sumBy<Row extends { events: string }>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + Number(row.events));
  return sums;
}

/** The accounting of promise 4 from the tallies' outcomes. */
function pipelineOf(sums: readonly Count[]): z.infer<typeof pipelineSchema> {
  // What was counted before the range and given back within it leaves fewer than none.
  const outcomes = sums.map(({ name, count: lines }) => ({ name, count: Math.max(0, lines) }));
  const of = (name: string): number => outcomes.find((outcome) => outcome.name === name)?.count ?? 0;
  const group = (prefix: string): [string, number][] =>
    outcomes.filter(({ name }) => name.startsWith(prefix)).map((o) => [o.name.slice(prefix.length), o.count]);
  const total = (entries: readonly [string, number][]): number => entries.reduce((sum, [, lines]) => sum + lines, 0);
  const rejected = group('rejected:');
  const scoredTotal = total(group('scored:'));
  return {
    read: scoredTotal + total(rejected) + of('dead_lettered'),
    scored: { total: scoredTotal, LOW: of('scored:LOW'), MEDIUM: of('scored:MEDIUM'), HIGH: of('scored:HIGH') },
    rejected: { total: total(rejected), by_reason: Object.fromEntries(rejected) },
    dead_lettered: of('dead_lettered'),
    suppressed: total(group('suppressed:')),
  };
}
