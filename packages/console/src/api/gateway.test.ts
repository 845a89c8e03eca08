import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gatewayNow, hearDate } from './gateway-clock.ts';
import { Gateway, GatewayError } from './gateway.ts';

const KEY = 'vgl_key';
let answer: () => Response | Promise<Response>;
let asked: { path: string; init: RequestInit; headers: Headers }[];
let refusals: number;

beforeEach(() => {
  [asked, refusals] = [[], 0];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push({ path, init, headers: new Headers(init.headers) });
    return answer();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  hearDate(new Date().toUTCString());
});

const gatewayWith = (key: string): Gateway => new Gateway(key, () => void (refusals += 1));
const problem =
  (status: number, body: string): (() => Response) =>
  () =>
    new Response(body, { status });
const failureOf = (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the gateway, asked by the console', () => {
  it('gets the key in a header, and nothing is kept of what it answers', async () => {
    answer = () => Response.json({ total: 1 });
    const { signal } = new AbortController();
    expect(await gatewayWith(KEY).get('stats?range=1h', signal)).toEqual({ total: 1 });
    expect(asked).toMatchObject([{ path: 'stats?range=1h', init: { cache: 'no-store', credentials: 'omit', signal } }]);
    expect(asked[0]?.headers.get('x-api-key')).toBe(KEY);
    expect(asked[0]?.headers.get('accept')).toBe('application/json');
  });

  it('gets what is to be changed as JSON', async () => {
    answer = () => Response.json({});
    await gatewayWith(KEY).patch('threats/1/review', { verdict: 'true_positive' });
    expect(asked[0]?.init).toMatchObject({ method: 'PATCH', body: '{"verdict":"true_positive"}' });
    expect(asked[0]?.headers.get('content-type')).toBe('application/json');
  });

  it('gives the ticket of a stream for a request that changes something', async () => {
    answer = () => Response.json({ ticket: 'once' });
    const { signal } = new AbortController();
    expect(await gatewayWith(KEY).streamTicket(signal)).toBe('once');
    expect(asked).toMatchObject([{ path: 'ws/ticket', init: { method: 'POST', signal } }]);
  });

  it.each([
    ['what it says', problem(422, '{"detail":"No such class."}'), 422, 'No such class.'],
    ['its status where a proxy answers', problem(502, '<html>'), 502, 'The gateway answered 502.'],
    ['its status where it says something else', problem(400, '{"detail":7}'), 400, 'The gateway answered 400.'],
  ])('fails with %s', async (_what, given, status, message) => {
    answer = given;
    const error = await failureOf(gatewayWith(KEY).get('threats'));
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ status, message });
    expect(refusals).toBe(0);
  });

  it('says that the key is refused, and only then', async () => {
    answer = problem(403, '{"detail":"It may not."}');
    expect(await failureOf(gatewayWith(KEY).get('threats'))).toMatchObject({ status: 403 });
    expect(refusals).toBe(0);
    answer = problem(401, '{"detail":"Who?"}');
    expect(await failureOf(gatewayWith(KEY).get('threats'))).toMatchObject({ status: 401, message: 'Who?' });
    expect(refusals).toBe(1);
  });

  it('refuses by itself a key that no header can carry', async () => {
    expect(await failureOf(gatewayWith('vgl_…').get('threats'))).toMatchObject({ status: 401 });
    expect([refusals, asked.length]).toEqual([1, 0]);
  });

  it('tells an outage from a question that was taken back', async () => {
    answer = () => Promise.reject(new TypeError('Failed to fetch'));
    expect(await failureOf(gatewayWith(KEY).get('threats'))).toMatchObject({ name: 'GatewayError', status: 0 });
    answer = () => Promise.reject(new DOMException('taken back', 'AbortError'));
    expect(await failureOf(gatewayWith(KEY).get('threats'))).toMatchObject({ name: 'AbortError' });
  });

  it('fails where a file breaks off', async () => {
    answer = () => new Response(new ReadableStream({ start: (body) => body.error(new Error('reset')) }));
    const error = await failureOf(gatewayWith(KEY).download('threats/export?format=csv'));
    expect(error).toMatchObject({ name: 'GatewayError', status: 0, message: 'The gateway broke off.' });
  });

  it.each([200, 503])('is who says what time it is, also with an answer of %i', async (status) => {
    const date = new Date(Date.now() + 3 * 3_600_000).toUTCString();
    answer = () => new Response('{}', { status, headers: { date } });
    await failureOf(gatewayWith(KEY).get('stats'));
    expect(Math.abs(gatewayNow() - Date.parse(date))).toBeLessThan(30_000);
  });

  it.each([
    ['http://vigil:8080/?range=6h#main', 'ws://vigil:8080/ws/alerts?class=XSS'],
    ['https://example.org/behind/a/proxy/?range=6h', 'wss://example.org/behind/a/proxy/ws/alerts?class=XSS'],
  ])('streams from beside the page %s', (page, url) => {
    vi.stubGlobal('document', { baseURI: page });
    expect(gatewayWith(KEY).streamUrl(new URLSearchParams({ class: 'XSS' }))).toBe(url);
  });
});
