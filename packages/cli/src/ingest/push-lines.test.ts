import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ingestUrl } from './ingest-url.ts';
import { pushLines } from './push-lines.ts';

interface Reply {
  status: number;
  body: string;
  retryAfter?: string;
  location?: string;
}

const TAKEN: Reply = { status: 202, body: '{"accepted":2,"rejected":{"empty":1}}' };
const LINES = Buffer.from('one\ntwo\n\n');

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that gives these replies in turn, and what it was sent. */
async function answering(replies: readonly Reply[]) {
  const seen: { query: URLSearchParams; body: string; atMs: number }[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const reply = replies[seen.length] ?? TAKEN;
      seen.push({ query: new URL(request.url ?? '', 'http://host').searchParams, body, atMs: performance.now() });
      const { retryAfter, location } = reply;
      response.writeHead(reply.status, {
        ...(retryAfter && { 'retry-after': retryAfter }),
        ...(location && { location }),
      });
      response.end(reply.body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = ingestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { seen, target: { url, key: 'key', source: 'site' } };
}

describe('pushLines', () => {
  it('sends lines as they are, with their source and id', async () => {
    const { seen, target } = await answering([]);
    expect(await pushLines(target, 'id-1', LINES)).toEqual({ accepted: 2, rejected: { empty: 1 } });
    expect(seen.map(({ query, body }) => [query.get('source'), query.get('batch_id'), body])).toEqual([
      ['site', 'id-1', LINES.toString()],
    ]);
  });

  it('sends them again with the same id, not before the time that it is told', async () => {
    const busy = { body: '{"detail":"the queue is full"}', retryAfter: '1' };
    const { seen, target } = await answering([
      { status: 429, ...busy },
      { status: 503, body: '<html>no upstream</html>', retryAfter: 'Thu, 01 Jan 2026 00:00:00 GMT' },
    ]);
    const problems: string[] = [];
    await pushLines({ ...target, onBusy: (problem) => problems.push(problem) }, 'id-1', LINES);
    expect(seen.map(({ query }) => query.get('batch_id'))).toEqual(['id-1', 'id-1', 'id-1']);
    expect(seen[1]!.atMs - seen[0]!.atMs).toBeGreaterThanOrEqual(990);
    expect(problems).toEqual(['the queue is full']);
  });

  it.each([
    [401, '{"detail":"no such key"}', 'refuses the lines (401): no such key'],
    [404, '<html>nothing here</html>', 'refuses the lines (404): <html>nothing here</html>'],
    [200, '<html>another site</html>', 'refuses the lines (200): <html>another site</html>'],
  ])('gives up where the answer is %i', async (status, body, message) => {
    const { seen, target } = await answering([{ status, body }]);
    await expect(pushLines(target, 'id-1', LINES)).rejects.toThrow(message);
    expect(seen).toHaveLength(1);
  });
});

it('takes lines and key to no other address', async () => {
  const { seen, target } = await answering([{ status: 308, body: '', location: 'https://elsewhere.example/ingest' }]);
  await expect(pushLines(target, 'id-1', LINES)).rejects.toThrow('redirects to https://elsewhere.example/ingest');
  expect(seen).toHaveLength(1);
});

it('ends with its signal', async () => {
  const busy = { status: 503, body: '', retryAfter: '60' };
  const { target } = await answering([busy]);
  const abort = new AbortController();
  const pushed = pushLines({ ...target, signal: abort.signal, onBusy: () => abort.abort() }, 'id-1', LINES);
  await expect(pushed).rejects.toThrow('abort');
});

describe('ingestUrl', () => {
  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/ingest/batch'],
    ['https://example.org/vigil', 'https://example.org/vigil/ingest/batch'],
    ['https://example.org/vigil/', 'https://example.org/vigil/ingest/batch'],
  ])('of %s', (base, expected) => {
    expect(ingestUrl(base).href).toBe(expected);
  });

  it.each(['127.0.0.1:8080', 'ftp://example.org', ''])('refuses %j', (base) => {
    expect(() => ingestUrl(base)).toThrow('is no address');
  });
});
