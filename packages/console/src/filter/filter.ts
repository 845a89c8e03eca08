/** Names of the gateway's filter grammar, which the address bar shares. */
const FILTER_KEYS = ['severity', 'min_severity', 'class', 'rule', 'source_ip', 'cidr', 'path', 'source'] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

/** Conditions: all keys must hold; of several values of one key any will do. Keys without values are absent. */
export type Filter = Partial<Record<FilterKey, readonly string[]>>;

const SINGLE = new Set<FilterKey>(['severity', 'min_severity']);
/** Separate values by commas in the gateway's grammar; the others are repeated. */
const COMMAS = new Set<FilterKey>(['class', 'rule', 'source_ip', 'cidr']);

/** The filter in a query, as the gateway reads it. Values of a key stay in the order in which they were given. */
export function filterParams(filter: Filter): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of FILTER_KEYS) {
    const values = filter[key] ?? [];
    if (values.length === 0) continue;
    if (COMMAS.has(key)) params.set(key, values.join(','));
    else for (const value of values) params.append(key, value);
  }
  return params;
}

/** The filter that a query holds; what is no filter is ignored. */
export function filterOf(params: URLSearchParams): Filter {
  const filter: Filter = {};
  for (const key of FILTER_KEYS) {
    const given = params.getAll(key).flatMap((value) => (COMMAS.has(key) ? value.split(',') : [value]));
    const values = [...new Set(given.map((value) => value.trim()).filter((value) => value !== ''))];
    if (values.length > 0) filter[key] = SINGLE.has(key) ? values.slice(-1) : values;
  }
  return filter;
}

/** Adds a value; where the key takes only one, it replaces the old one. */
export function withValue(filter: Filter, key: FilterKey, value: string): Filter {
  const before = SINGLE.has(key) ? [] : (filter[key] ?? []);
  const { severity: _s, min_severity: _m, ...rest } = filter;
  const kept = SINGLE.has(key) ? rest : filter;
  return { ...kept, [key]: [...before.filter((other) => other !== value), value] };
}

export function withoutValue(filter: Filter, key: FilterKey, value: string): Filter {
  const left = (filter[key] ?? []).filter((other) => other !== value);
  const { [key]: _, ...rest } = filter;
  return left.length === 0 ? rest : { ...rest, [key]: left };
}

/** Every condition by itself, in the grammar's order. */
export function conditions(filter: Filter): { key: FilterKey; value: string }[] {
  return FILTER_KEYS.flatMap((key) => (filter[key] ?? []).map((value) => ({ key, value })));
}

export function isEmpty(filter: Filter): boolean {
  return conditions(filter).length === 0;
}
