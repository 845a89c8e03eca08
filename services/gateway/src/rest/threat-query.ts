import { indexedConditions, lookupCondition, scannedConditions, SqlParams } from '@vigil/shared/alerts/filter-sql';
import { invalidRequest } from '@vigil/shared/http/problem';
import { eventTimeMs } from '@vigil/shared/contracts/times';
import type { Database } from '@vigil/shared/storage/database';
import { isoTime, THREAT_COLUMNS, type ThreatRow } from './threat-rows.ts';
import type { ThreatSelection } from './threat-schemas.ts';

/** Events that one page looks at where no index gives the wanted ones in order: what keeps any filter's page in time. */
export const SCAN_EVENTS_MAX = 10_000;
/** Wanted events up to this many are rare: they are fetched and sorted, wherever in time they are. */
const RARE_EVENTS_MAX = 5_000;

const NEWEST_FIRST = 'order by e.timestamp desc, e.id desc';

/** A place in the order of events: newest first, by id among the same instant. */
export interface ThreatCursor {
  timestamp: string;
  id: string;
}

/** A place as clients get it, to give it back for the next page; `decodeCursor` reads it. */
export function encodeCursor(cursor: ThreatCursor): string {
  return Buffer.from(`${Date.parse(cursor.timestamp)} ${cursor.id}`).toString('base64url');
}

/**
 * The place that `encodeCursor` wrote.
 * @throws ProblemError 422 where it is none of ours
 */
export function decodeCursor(text: string): ThreatCursor {
  const plain = Buffer.from(text, 'base64url').toString();
  const [, ms, id] = /^(-?\d{1,15}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(plain) ?? [];
  if (id === undefined || !eventTimeMs.safeParse(Number(ms)).success) {
    throw invalidRequest('cursor: is not one of ours');
  }
  return { timestamp: new Date(Number(ms)).toISOString(), id };
}

export interface ThreatPage {
  rows: ThreatRow[];
  /** Where the next page starts; undefined at the end. */
  next: ThreatCursor | undefined;
}

/** One page of events, newest first. It may be short and yet have a next one; see `SCAN_EVENTS_MAX`. */
export async function queryThreats(
  database: Pick<Database, 'query'>,
  selection: ThreatSelection,
  limit: number,
  after: ThreatCursor | undefined,
): Promise<ThreatPage> {
  const { sql, params } = threatPageSql(selection, limit + 1, after);
  const rows = await database.query<ThreatRow>(sql, params);
  if (rows.length > limit) return pageOf(rows, limit);
  const boundary = await scanBoundary(database, selection, after);
  if (boundary === undefined) return pageOf(rows, limit);
  const rare = await queryRare(database, selection, limit + 1, after);
  return rare === undefined ? { rows, next: boundary } : pageOf(rare, limit);
}

/** A page of rows of which there is one more than the page holds, unless it is the last. */
function pageOf(rows: ThreatRow[], limit: number): ThreatPage {
  if (rows.length <= limit) return { rows, next: undefined };
  const last = rows[limit - 1]!;
  return { rows: rows.slice(0, limit), next: { timestamp: isoTime(last.timestamp), id: last.id } };
}

/** The page from all events that one index leads to at once; undefined where there is none, or they are not rare. */
async function queryRare(
  database: Pick<Database, 'query'>,
  selection: ThreatSelection,
  limit: number,
  after: ThreatCursor | undefined,
): Promise<ThreatRow[] | undefined> {
  const params = new SqlParams();
  const lookup = lookupCondition(selection, params);
  if (lookup === undefined) return undefined;
  const found = whereAll([lookup, ...timeConditions(selection, after, params)]);
  const wanted = whereAll([...indexedConditions(selection, params), ...scannedConditions(selection, params)]);
  // The outer join gives the count even where nothing is wanted of what was found.
  const rows = await database.query<ThreatRow & { hits: string; id: string | null }>(
    `with hits as materialized (select * from events e ${found} limit ${RARE_EVENTS_MAX + 1})
     select n.hits, t.* from (select count(*) as hits from hits) n left join (
       select ${THREAT_COLUMNS}, r.verdict
       from hits e left join reviews r on r.event_id = e.id ${wanted} ${NEWEST_FIRST} limit ${limit}
     ) t on true order by t.timestamp desc, t.id desc`,
    params.values,
  );
  return Number(rows[0]!.hits) > RARE_EVENTS_MAX ? undefined : rows.filter((row) => row.id !== null);
}

/** Statement of one page. */
export function threatPageSql(
  selection: ThreatSelection,
  limit: number,
  after: ThreatCursor | undefined,
): { sql: string; params: unknown[] } {
  const params = new SqlParams();
  const where = whereOf(selection, after, params);
  const scanned = scannedConditions(selection, params);
  const wanted =
    scanned.length === 0
      ? `select * from events e ${where} ${NEWEST_FIRST} limit ${limit}`
      : `select * from (select * from events e ${where} ${NEWEST_FIRST} limit ${SCAN_EVENTS_MAX}) e
         where ${scanned.join(' and ')} ${NEWEST_FIRST} limit ${limit}`;
  const sql = `select ${THREAT_COLUMNS}, r.verdict from (${wanted}) e left join reviews r on r.event_id = e.id ${NEWEST_FIRST}`;
  return { sql, params: params.values };
}

/** Where a page that looked at all that it may look at ended. */
async function scanBoundary(
  database: Pick<Database, 'query'>,
  selection: ThreatSelection,
  after: ThreatCursor | undefined,
): Promise<ThreatCursor | undefined> {
  if (scannedConditions(selection, new SqlParams()).length === 0) return undefined;
  const params = new SqlParams();
  const where = whereOf(selection, after, params);
  const [row] = await database.query<{ id: string; timestamp: string }>(
    `select e.id, e.timestamp from events e ${where} ${NEWEST_FIRST}
     limit 1 offset ${SCAN_EVENTS_MAX - 1}`,
    params.values,
  );
  return row === undefined ? undefined : { timestamp: isoTime(row.timestamp), id: row.id };
}

function whereOf(selection: ThreatSelection, after: ThreatCursor | undefined, params: SqlParams): string {
  return whereAll([...indexedConditions(selection, params), ...timeConditions(selection, after, params)]);
}

function timeConditions(selection: ThreatSelection, after: ThreatCursor | undefined, params: SqlParams): string[] {
  const conditions: string[] = [];
  if (selection.since !== undefined)
    conditions.push(`e.timestamp >= ${params.add(isoTime(selection.since))}::timestamptz`);
  if (selection.until !== undefined)
    conditions.push(`e.timestamp < ${params.add(isoTime(selection.until))}::timestamptz`);
  if (after !== undefined) {
    const timestamp = params.add(after.timestamp);
    // The first condition says nothing new; it is what partitions are left out by.
    conditions.push(`e.timestamp <= ${timestamp}::timestamptz`);
    conditions.push(`(e.timestamp, e.id) < (${timestamp}::timestamptz, ${params.add(after.id)}::uuid)`);
  }
  return conditions;
}

function whereAll(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
}
