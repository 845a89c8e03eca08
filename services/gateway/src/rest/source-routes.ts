import { z } from 'zod';
import { ProblemError } from '@vigil/shared/http/problem';
import type { Database } from '@vigil/shared/storage/database';
import type { Api } from './api.ts';
import { isoTime, THREAT_COLUMNS, toThreat, type ThreatRow } from './threat-rows.ts';
import { count, threatSchema } from './threat-schemas.ts';

/** Latest events of an address that its breakdowns are made from. */
const RECENT_EVENTS_MAX = 1_000;
const LISTED = 20;
const TOP = 10;
const DAYS = 30;

const counted = z.array(z.object({ name: z.string(), events: count }));

const sourceSchema = z
  .object({
    source_ip: z.string(),
    events_30d: count,
    hourly: z
      .array(z.object({ start: z.iso.datetime(), events: count }))
      .describe('Hours of the last 30 days in which it did something, oldest first.'),
    recent: z
      .object({
        events: count,
        since: z.iso.datetime(),
        last_seen: z.iso.datetime(),
        by_severity: z.object({ MEDIUM: count, HIGH: count }),
        by_class: counted,
        top_paths: counted,
        user_agents: counted,
        sources: counted,
        reviewed_false_positive: count,
      })
      .describe(`Of its latest events, at most ${RECENT_EVENTS_MAX}.`),
    latest: z.array(threatSchema).describe(`Its latest events, at most ${LISTED}.`),
  })
  .meta({ id: 'Source' });

const RECENT_SQL = `
  select ${THREAT_COLUMNS}, r.verdict
  from (select * from events e where e.source_ip = $1 order by e.timestamp desc, e.id desc limit ${RECENT_EVENTS_MAX}) e
  left join reviews r on r.event_id = e.id order by e.timestamp desc, e.id desc`;

const HOURLY_SQL = `
  select bucket as start, events from source_tallies
  where source_ip = $1 and bucket >= date_trunc('hour', now() - interval '${DAYS} days') order by 1`;

/** `GET /sources/:ip`: what an address did. */
export function sourceRoutes(api: Api, database: Database): void {
  api.add({
    method: 'GET',
    path: '/sources/:ip',
    name: 'getSource',
    summary: 'What one address did',
    scope: 'read',
    params: z.object({ ip: z.string().min(1).max(256) }),
    response: sourceSchema,
    handle: async ({ params: { ip } }) => {
      const [rows, hourly] = await Promise.all([
        database.query<ThreatRow>(RECENT_SQL, [ip]),
        database.query<{ start: string; events: string }>(HOURLY_SQL, [ip]),
      ]);
      if (rows.length === 0) {
        throw new ProblemError({ status: 404, title: 'Not found', detail: 'No stored event is from this address.' });
      }
      const hours = hourly.map((row) => ({ start: isoTime(row.start), events: Number(row.events) }));
      return {
        source_ip: ip,
        events_30d: hours.reduce((sum, hour) => sum + hour.events, 0),
        hourly: hours,
        recent: summaryOf(rows),
        latest: rows.slice(0, LISTED).map(toThreat),
      };
    },
  });
}

function summaryOf(rows: readonly ThreatRow[]): z.infer<typeof sourceSchema>['recent'] {
  const high = rows.filter((row) => row.severity === 'HIGH').length;
  return {
    events: rows.length,
    since: isoTime(rows.at(-1)!.timestamp),
    last_seen: isoTime(rows[0]!.timestamp),
    by_severity: { MEDIUM: rows.length - high, HIGH: high },
    by_class: top(rows.flatMap((row) => row.classes)),
    top_paths: top(rows.map((row) => row.path)),
    user_agents: top(rows.map((row) => row.user_agent)),
    sources: top(rows.map((row) => row.source)),
    reviewed_false_positive: rows.filter((row) => row.verdict === 'false_positive').length,
  };
}

function top(names: readonly string[]): { name: string; events: number }[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const ordered = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return ordered.slice(0, TOP).map(([name, events]) => ({ name, events }));
}
