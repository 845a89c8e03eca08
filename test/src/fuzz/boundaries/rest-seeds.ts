import { encodeCursor } from '@vigil/gateway/rest/threat-query';

/** What is there to be found, so that requests get further than to an empty answer. */
export const STORED_EVENTS = ['11', '12', '13'].map((end, at) => ({
  id: `6f2b1b7c-3d3e-8a55-9c1d-0e5b5f0c1a${end}`,
  timestamp: `2026-03-02T10:00:0${at}.000Z`,
}));
const [EVENT, NEXT_EVENT] = STORED_EVENTS as [Event, Event];
type Event = (typeof STORED_EVENTS)[number];

/** Values that are accepted, of parameters and properties whose schema names none. */
const EXAMPLES: Readonly<Record<string, string>> = {
  id: EVENT.id,
  ip: '198.51.100.7',
  class: 'SQL_INJECTION,XSS',
  rule: 'sqli-union-select',
  source: 'access.log',
  source_ip: '198.51.100.7,2001:db8::1',
  cidr: '198.51.100.0/24,2001:db8::/32',
  path: '/sea*',
  since: '2026-03-01T00:00:00Z',
  until: '2026-03-03',
  cursor: encodeCursor(NEXT_EVENT),
  note: 'was a test',
  reviewer: 'ann',
};

/** A timeline wants both or none of them. */
const TOGETHER = ['since', 'until'];

export interface RestSeed {
  method: string;
  /** Path and query. */
  target: string;
  body?: Record<string, unknown>;
}

/**
 * Requests that are accepted: for each operation of the gateway's OpenAPI document one with every parameter, one with none and one with
 * each alone, so that a change in one place leaves some of them whole.
 * @throws where a parameter is new and has no example
 */
export async function restSeeds(url: string): Promise<RestSeed[]> {
  const document = (await (await fetch(new URL('/openapi.json', url))).json()) as OpenApi;
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => seedsOf(method.toUpperCase(), path, operation)),
  );
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  parameters: { name: string; in: 'path' | 'query'; schema: Schema }[];
  requestBody?: { content: { 'application/json': { schema: { properties: Record<string, Schema> } } } };
}
interface Schema {
  enum?: string[];
  minimum?: number;
}

function seedsOf(method: string, path: string, { parameters, requestBody }: Operation): RestSeed[] {
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => exampleOf(name, {}));
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const queryOf = (some: typeof inQuery): string =>
    some.map(({ name, schema }) => `${name}=${exampleOf(name, schema)}`).join('&');
  const alone = inQuery.filter(({ name }) => !TOGETHER.includes(name)).map((one) => queryOf([one]));
  const together = queryOf(inQuery.filter(({ name }) => TOGETHER.includes(name)));
  const properties = Object.entries(requestBody?.content['application/json'].schema.properties ?? {});
  const body = Object.fromEntries(properties.map(([name, schema]) => [name, exampleOf(name, schema)]));
  const queries = new Set(['', ...alone, together, queryOf(inQuery)]);
  return [...queries].map((query) => ({
    method,
    target: query === '' ? target : `${target}?${query}`,
    ...(requestBody === undefined ? {} : { body }),
  }));
}

function exampleOf(name: string, schema: Schema): string {
  const example = EXAMPLES[name] ?? schema.enum?.[0] ?? schema.minimum;
  if (example === undefined) throw new Error(`no example of "${name}", which is new in OpenAPI: add one to EXAMPLES`);
  return String(example);
}
