import { z } from 'zod';
import type { Alert } from '../contracts/alert.ts';
import { alertSeveritySchema, isAtLeast, severitySchema } from '../contracts/severity.ts';
import { networkContains, parseAddress, parseNetwork } from './ip-network.ts';
import { compilePathPattern } from './path-pattern.ts';

const VALUES_MAX = 32;
const TEXT_MAX = 256;
const STARS_MAX = 8;

const text = z.string().min(1).max(TEXT_MAX);

/** A query parameter that may be repeated; `commas`: or hold several values. */
function list<T extends z.ZodType>(value: T, options: { commas: boolean }) {
  return z.preprocess((given) => {
    if (given === undefined) return undefined;
    const values = (Array.isArray(given) ? given : [given]) as unknown[];
    const split = values.flatMap((v) => (options.commas && typeof v === 'string' ? v.split(',') : [v]));
    return split.map((v) => (typeof v === 'string' ? v.trim() : v)).filter((v) => v !== '');
  }, z.array(value).min(1, 'must not be empty').max(VALUES_MAX).optional());
}

const cidr = text.refine(
  (value) => parseNetwork(value) !== undefined,
  'is no IPv4 or IPv6 network such as 203.0.113.0/24',
);
const pathPattern = text.refine(
  (value) => value.split('*').length - 1 <= STARS_MAX,
  `has more than ${STARS_MAX} stars`,
);

/**
 * The one filter grammar of live alerts, replay and `GET /threats`. Different fields must all hold; of several values of one
 * field any will do.
 */
export const alertFilterShape = {
  min_severity: severitySchema.optional().describe('Lowest severity.'),
  severity: alertSeveritySchema.optional().describe('Exactly this severity.'),
  class: list(text.toUpperCase(), { commas: true }).describe('Attack classes, for instance SQL_INJECTION,XSS.'),
  rule: list(text, { commas: true }).describe('Ids of rules that matched.'),
  source: list(text, { commas: false }).describe('Names of log sources; repeat the parameter for several.'),
  source_ip: list(text, { commas: true }).describe('Client addresses, as logged.'),
  cidr: list(cidr, { commas: true }).describe('Client networks, for instance 203.0.113.0/24,2001:db8::/32.'),
  path: list(pathPattern, { commas: false }).describe(
    'Paths, `*` for any text: /admin/*; repeat the parameter for several.',
  ),
};
export const alertFilterSchema = z.object(alertFilterShape);
export type AlertFilter = z.infer<typeof alertFilterSchema>;

export interface CompiledFilter {
  /** The same for filters that mean the same: what is made for one serves all of them. */
  readonly key: string;
  readonly matches: (alert: Alert) => boolean;
}

/** All of the filters must hold (a client's own and what its token allows). */
export function compileFilters(...filters: readonly AlertFilter[]): CompiledFilter {
  const keys = [...new Set(filters.map(filterKey))].filter((key) => key !== '{}').sort();
  const tests = filters.flatMap(conditions);
  return { key: keys.join('&'), matches: (alert) => tests.every((test) => test(alert)) };
}

function filterKey(filter: AlertFilter): string {
  const entries = Object.entries(filter)
    .filter(([name, value]) => value !== undefined && !(name === 'min_severity' && value !== 'HIGH'))
    .map(([name, value]) => [name, Array.isArray(value) ? [...new Set(value)].sort() : value] as const);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

type Test = (alert: Alert) => boolean;

function conditions(filter: AlertFilter): Test[] {
  const tests: Test[] = [];
  const { min_severity: min, severity, path } = filter;
  if (min !== undefined) tests.push((alert) => isAtLeast(alert.severity, min));
  if (severity !== undefined) tests.push((alert) => alert.severity === severity);
  if (filter.class !== undefined) tests.push(anyIn(filter.class, (alert) => alert.classes));
  if (filter.rule !== undefined) tests.push(anyIn(filter.rule, (alert) => alert.matched_rules));
  if (filter.source !== undefined) tests.push(anyIn(filter.source, (alert) => [alert.source]));
  if (filter.source_ip !== undefined) tests.push(anyIn(filter.source_ip, (alert) => [alert.source_ip]));
  if (filter.cidr !== undefined) tests.push(inNetworks(filter.cidr));
  if (path !== undefined) {
    const patterns = path.map(compilePathPattern);
    tests.push((alert) => patterns.some((isWanted) => isWanted(alert.request_path)));
  }
  return tests;
}

function anyIn(wanted: readonly string[], values: (alert: Alert) => readonly string[]): Test {
  const set = new Set(wanted);
  return (alert) => values(alert).some((value) => set.has(value));
}

function inNetworks(cidrs: readonly string[]): Test {
  const networks = cidrs.map(parseNetwork).filter((network) => network !== undefined);
  return (alert) => {
    const address = parseAddress(alert.source_ip);
    return address !== undefined && networks.some((network) => networkContains(network, address));
  };
}
