import { isAtLeast, type AlertSeverity } from '../contracts/severity.ts';
import type { AlertFilter } from './alert-filter.ts';
import { pathLikePattern } from './path-pattern.ts';

/** Collects the parameters of one statement; `add` gives the placeholder. */
export class SqlParams {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

const SEVERITIES: readonly AlertSeverity[] = ['MEDIUM', 'HIGH'];

/**
 * The filter's conditions on `events e` for which an index gives the rows in the order of time. With `scannedConditions` they are
 * what `compileFilters` tests in memory; a test holds the two to the same answers.
 */
export function indexedConditions(filter: AlertFilter, params: SqlParams): string[] {
  const conditions: string[] = [];
  const { min_severity: min } = filter;
  const wanted = SEVERITIES.filter(
    (s) => (min === undefined || isAtLeast(s, min)) && (filter.severity === undefined || s === filter.severity),
  );
  // Both severities are no condition at all; none is a contradiction such as severity=MEDIUM and min_severity=HIGH.
  if (wanted.length === 1) conditions.push(`e.severity = ${params.add(wanted[0])}`);
  if (wanted.length === 0) conditions.push('false');
  if (filter.source_ip?.length === 1) conditions.push(`e.source_ip = ${params.add(filter.source_ip[0])}`);
  return conditions;
}

/**
 * The one condition on `events e` for which an index leads to all rows, if not in the order of time: the way to go where they are rare.
 * One only, for an index finds the rows of two conditions by going through all of one of them. Undefined where there is none.
 */
export function lookupCondition(filter: AlertFilter, params: SqlParams): string | undefined {
  if ((filter.source_ip?.length ?? 0) > 1) return `e.source_ip = any (${params.add(filter.source_ip)}::text[])`;
  if (filter.class !== undefined) return `e.classes && ${params.add(filter.class)}::text[]`;
  return undefined;
}

/** The filter's other conditions on `events e`: tested row by row where one goes along the time. */
export function scannedConditions(filter: AlertFilter, params: SqlParams): string[] {
  const conditions: string[] = [];
  if (filter.class !== undefined) conditions.push(`e.classes && ${params.add(filter.class)}::text[]`);
  const ips = filter.source_ip ?? [];
  if (ips.length > 1) conditions.push(`e.source_ip = any (${params.add(ips)}::text[])`);
  if (filter.rule !== undefined) conditions.push(`e.matched_rules && ${params.add(filter.rule)}::text[]`);
  if (filter.source !== undefined) conditions.push(`e.source = any (${params.add(filter.source)}::text[])`);
  if (filter.cidr !== undefined) conditions.push(`e.source_addr <<= any (${params.add(filter.cidr)}::inet[])`);
  if (filter.path !== undefined) {
    conditions.push(`e.path like any (${params.add(filter.path.map(pathLikePattern))}::text[])`);
  }
  return conditions;
}
