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
 * The filter's conditions on `events e` to whose rows an index leads. With `scannedConditions` they are what `compileFilters`
 * tests in memory; a test holds the two to the same answers.
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
  if (filter.source_ip !== undefined) conditions.push(`e.source_ip ${oneOf(filter.source_ip, params)}`);
  if (filter.class !== undefined) conditions.push(`e.classes && ${params.add(filter.class)}::text[]`);
  return conditions;
}

/** The filter's conditions on `events e` that must be tested row by row. */
export function scannedConditions(filter: AlertFilter, params: SqlParams): string[] {
  const conditions: string[] = [];
  if (filter.rule !== undefined) conditions.push(`e.matched_rules && ${params.add(filter.rule)}::text[]`);
  if (filter.source !== undefined) conditions.push(`e.source ${oneOf(filter.source, params)}`);
  if (filter.cidr !== undefined) conditions.push(`e.source_addr <<= any (${params.add(filter.cidr)}::inet[])`);
  if (filter.path !== undefined) {
    conditions.push(`e.path like any (${params.add(filter.path.map(pathLikePattern))}::text[])`);
  }
  return conditions;
}

function oneOf(values: readonly string[], params: SqlParams): string {
  return values.length === 1 ? `= ${params.add(values[0])}` : `= any (${params.add(values)}::text[])`;
}
