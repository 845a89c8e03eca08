import { expect, it, vi } from 'vitest';
import { Gateway } from './gateway.ts';
import { sourceQuery, threatQuery, threatsQuery } from './queries.ts';

const gateway = new Gateway('', () => undefined);
const { signal } = new AbortController();
const zoom = { sinceMs: Date.UTC(2026, 10, 27, 10), untilMs: Date.UTC(2026, 10, 27, 11) };

/** What is asked of the gateway for a query. */
async function askedBy({ queryFn }: { queryFn?: unknown }, pageParam: string | null = null): Promise<string> {
  const get = vi.spyOn(gateway, 'get').mockResolvedValue({});
  await (queryFn as (context: object) => Promise<unknown>)({ signal, pageParam });
  expect(get).toHaveBeenCalledWith(expect.any(String), signal);
  return get.mock.lastCall?.[0] ?? '';
}

it('reads events page by page, of the filter and the zoomed time', async () => {
  const query = threatsQuery(gateway, { class: ['XSS'], path: ['/a b'] }, zoom);
  const selection =
    'threats?class=XSS&path=%2Fa+b&since=2026-11-27T10%3A00%3A00.000Z&until=2026-11-27T11%3A00%3A00.000Z';
  expect(await askedBy(query)).toBe(`${selection}&limit=60`);
  expect(query.getNextPageParam({ threats: [], next_cursor: 'a+b' }, [], null, [])).toBe('a+b');
  expect(await askedBy(query, 'a+b')).toBe(`${selection}&limit=60&cursor=a%2Bb`);
  expect(query.getNextPageParam({ threats: [], next_cursor: null }, [], null, [])).toBeNull();
});

it('keeps apart what another filter or time selects', () => {
  const queries = [threatsQuery(gateway, {}, undefined), threatsQuery(gateway, {}, zoom)];
  queries.push(threatsQuery(gateway, { class: ['XSS'] }, zoom), threatsQuery(gateway, { rule: ['XSS'] }, zoom));
  expect(new Set(queries.map(({ queryKey }) => JSON.stringify(queryKey))).size).toBe(4);
});

it('asks for what was logged as one segment of a path', async () => {
  expect(await askedBy(sourceQuery(gateway, '../x?y'))).toBe('sources/..%2Fx%3Fy');
  expect(await askedBy(threatQuery(gateway, '../x?y'))).toBe('threats/..%2Fx%3Fy');
});
