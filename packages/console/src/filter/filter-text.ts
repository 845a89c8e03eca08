import { withValue, type Filter, type FilterKey } from './filter.ts';

/** What people type, and the grammar's name for it. */
const NAMES: Record<string, FilterKey> = {
  severity: 'severity',
  sev: 'severity',
  min: 'min_severity',
  min_severity: 'min_severity',
  class: 'class',
  rule: 'rule',
  ip: 'source_ip',
  source_ip: 'source_ip',
  cidr: 'cidr',
  net: 'cidr',
  path: 'path',
  log: 'source',
  source: 'source',
};

/** The name that a condition has in the filter box. */
export const LABELS: Record<FilterKey, string> = {
  severity: 'severity',
  min_severity: 'min',
  class: 'class',
  rule: 'rule',
  source_ip: 'ip',
  cidr: 'cidr',
  path: 'path',
  source: 'log',
};

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-f]*:[0-9a-f:.]*$/i;

export type ParsedFilterText = { ok: true; filter: Filter } | { ok: false; problem: string };

/**
 * Adds what somebody typed to a filter: `class:XSS ip:203.0.113.9 path:/admin/*`, quotes around text with spaces. A word without a
 * name is understood by its look: an address, a network, a severity, a path, a class in capitals; anything else is part of a path.
 */
export function parseFilterText(text: string, filter: Filter): ParsedFilterText {
  let result = filter;
  for (const [, name, quoted, plain] of text.matchAll(/(?:([a-z_]+):)?(?:"([^"]*)"|(\S+))/gi)) {
    const value = (quoted ?? plain ?? '').trim();
    if (value === '') continue;
    const key = name === undefined ? undefined : NAMES[name.toLowerCase()];
    if (name !== undefined && key === undefined && !IPV6.test(`${name}:${value}`)) {
      return { ok: false, problem: `There is no filter “${name}”. Try ${Object.values(LABELS).join(', ')}.` };
    }
    const [resolved, given] = key === undefined ? guess(name === undefined ? value : `${name}:${value}`) : [key, value];
    const tidy = normalise(resolved, given);
    if (tidy === undefined) return { ok: false, problem: problemOf(resolved, given) };
    for (const one of tidy) result = withValue(result, resolved, one);
  }
  return { ok: true, filter: result };
}

function guess(word: string): [FilterKey, string] {
  const [address = '', prefix] = word.split('/');
  if (IPV4.test(address) || IPV6.test(address)) return [prefix === undefined ? 'source_ip' : 'cidr', word];
  if (/^(high|medium)$/i.test(word)) return ['severity', word];
  if (word.startsWith('/') || word.includes('*')) return ['path', word];
  if (/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(word)) return ['class', word];
  return ['path', `*${word}*`];
}

function normalise(key: FilterKey, value: string): string[] | undefined {
  if (key === 'severity' || key === 'min_severity') {
    const severity = value.toUpperCase();
    return severity === 'HIGH' || severity === 'MEDIUM' ? [severity] : undefined;
  }
  if (key === 'path') return value.split('*').length > 9 ? undefined : [value];
  if (key === 'source') return [value];
  const values = value.split(',').filter((part) => part !== '');
  if (key === 'class') return values.map((part) => part.toUpperCase());
  if (key === 'cidr') return values.every((part) => isNetwork(part)) ? values : undefined;
  return values;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = IPV4.test(address) ? 32 : 128;
  const known = IPV4.test(address) || IPV6.test(address);
  return known && rest.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
}

function problemOf(key: FilterKey, value: string): string {
  if (key === 'path') return 'A path may have at most 8 stars.';
  if (key === 'cidr') return `“${value}” is no network such as 203.0.113.0/24.`;
  return `“${value}” is no severity: HIGH or MEDIUM.`;
}
