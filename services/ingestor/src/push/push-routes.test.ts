import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { testServices } from '@vigil/dev-services/test-services';
import { statusOfUnfinished } from '@vigil/dev-services/unfinished-request';
import { createPostgresQueueBackend } from '@vigil/shared/queue/postgres-queue-backend';
import type { QueueBackend } from '@vigil/shared/queue/job-queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestIngestors, OTHER_INGEST_KEY, READ_KEY, push, waitUntil } from '../testing/test-ingestors.ts';
import { linesOfBatch } from '../testing/memory-producer.ts';

let ingestors: TestIngestors;
beforeEach(async () => {
  ingestors = await TestIngestors.open();
});
afterEach(() => ingestors.close());

describe('POST /ingest/batch', () => {
  it('takes lines, counts what is no line, and says which batch it was', async () => {
    const { url, queue, registry } = await ingestors.start({ LINE_BYTES_MAX: 100 });
    ingestors.consume(queue);
    const response = await push(url, { lines: ['one', 7, 'x'.repeat(101), 'a\nb', 'zwei ü', ''], batch_id: 'b-1' });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      accepted: 3,
      rejected: { not_a_string: 1, too_long: 1, unparsable: 1 },
      batch_id: 'b-1',
    });
    await waitUntil(() => ingestors.received.length === 1);
    expect(ingestors.received[0]).toMatchObject({ source: 'http', positions: 'lines', lineCount: 3 });
    expect(ingestors.texts().map((text) => Buffer.from(text, 'latin1').toString())).toEqual(['one', 'zwei ü', '']);
    expect(await registry.metrics()).toContain('vigil_lines_rejected_total{reason="too_long"} 1');
  });

  it('gives a batch that is sent again the same ids, and other keys other ones', async () => {
    const { url, queue } = await ingestors.start({ BATCH_LINES_MAX: 2 });
    const body = { lines: ['one', 'two', 'three'], batch_id: 'again', source: 'edge' };
    expect((await push(url, body)).status).toBe(202);
    expect((await push(url, body)).status).toBe(202);
    expect((await push(url, { ...body, batch_id: 'other' })).status).toBe(202);
    expect((await push(url, body, { 'x-api-key': OTHER_INGEST_KEY })).status).toBe(202);
    expect((await queue.depth('lines')).waiting).toBe(6);
    ingestors.consume(queue);
    await waitUntil(() => ingestors.received.length === 6);
    expect(ingestors.received.every(({ source }) => source === 'edge')).toBe(true);
  });

  it('takes a batch whose last line was finished for another one, with the same lines', async () => {
    const { url, queue } = await ingestors.start({});
    const sent = { batch_id: 'growing', source: 'edge' };
    expect((await push(url, { ...sent, lines: ['one', 'tw'] })).status).toBe(202);
    expect((await push(url, { ...sent, lines: ['one', 'two'] })).status).toBe(202);
    ingestors.consume(queue);
    await waitUntil(() => ingestors.received.length === 2);
    const [before, after] = ingestors.received.map(linesOfBatch);
    expect(after!.map(({ text }) => text)).toEqual(['one', 'two']);
    expect(after!.map(({ id }) => id)).toEqual(before!.map(({ id }) => id));
  });

  it('takes raw lines, gzip, and what log shippers call them', async () => {
    const { url, queue } = await ingestors.start({});
    ingestors.consume(queue);
    expect((await push(url, 'one\ntwo\n', { 'content-type': 'application/x-ndjson' })).status).toBe(202);
    const gzip = { 'content-type': 'text/plain', 'content-encoding': 'gzip' };
    expect((await push(url, gzipSync('three\nfour'), gzip)).status).toBe(202);
    const loud = { 'content-type': 'TEXT/Plain', 'content-encoding': 'GZIP' };
    expect((await push(url, gzipSync('five'), loud)).status).toBe(202);
    const json = { 'content-type': 'application/json; charset=utf-8' };
    expect((await push(url, { lines: ['six'] }, json)).status).toBe(202);
    await waitUntil(() => ingestors.texts().length === 6);
    expect(ingestors.texts().sort()).toEqual(['five', 'four', 'one', 'six', 'three', 'two']);
  });

  it('gives lines the format that their push names, else that of the configuration', async () => {
    const { url, queue } = await ingestors.start({ INGEST_FORMAT: 'combined' });
    ingestors.consume(queue);
    expect((await push(url, { lines: ['one'] })).status).toBe(202);
    expect((await push(url, { lines: ['two'], format: 'common' })).status).toBe(202);
    await waitUntil(() => ingestors.received.length === 2);
    expect(ingestors.received.map(({ format }) => format)).toEqual(['combined', 'common']);
  });

  it.each([
    ['no array', { lines: 'one' }, {}, 422],
    ['no JSON', '{"lines": [', {}, 422],
    ['damaged gzip', 'not gzip', { 'content-encoding': 'gzip' }, 422],
    ['an unknown encoding', 'x', { 'content-encoding': 'br' }, 415],
    ['an unknown type', 'x', { 'content-type': 'image/png' }, 415],
    ['too many lines', { lines: Array.from({ length: 21 }, () => 'x') }, {}, 413],
    ['too many bytes', { lines: ['x'.repeat(2_000)] }, {}, 413],
    ['a gzip bomb', gzipSync(Buffer.alloc(10_000_000)), { 'content-encoding': 'gzip' }, 413],
    ['no key', { lines: [] }, { 'x-api-key': '' }, 401],
    ['a wrong key', { lines: [] }, { 'x-api-key': 'wrong' }, 401],
    ['a key without the scope', { lines: [] }, { 'x-api-key': READ_KEY }, 403],
  ])('refuses %s with a problem document', async (_what, body, headers, status) => {
    const { url } = await ingestors.start({ PUSH_LINES_MAX: 20, PUSH_BYTES_MAX: 1_000 });
    const response = await push(url, body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status });
  });

  it('says which types it takes', async () => {
    const { url } = await ingestors.start({});
    const response = await push(url, 'x', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(await response.json()).toMatchObject({ status: 415, detail: expect.stringContaining('text/plain') });
  });

  it.each([
    ['/ingest/batch', 401],
    ['/nowhere', 404],
  ])('waits for no body of whoever has no key: %s', async (path, status) => {
    const { url } = await ingestors.start({});
    expect(await statusOfUnfinished('POST', url + path)).toBe(status);
  });

  it.each([
    ['a misspelt name', { lines: ['one'], batchId: 'b-1' }, 'application/json', ''],
    ['a misspelt parameter', 'one', 'text/plain', '?batchid=b-1'],
    ['a parameter given twice', 'one', 'text/plain', '?batch_id=b-1&batch_id=b-2'],
    ['a parameter beside JSON', { lines: ['one'] }, 'application/json', '?batch_id=b-1'],
  ])('refuses %s, which ignored would count lines twice that are sent again', async (_what, body, type, query) => {
    const { url } = await ingestors.start({});
    const refused = await push(url, body, { 'content-type': type }, query);
    expect(refused.status).toBe(422);
    expect(((await refused.json()) as { detail: string }).detail).toMatch(/batch_?id/i);
  });

  it('asks for the key before it says anything about a body', async () => {
    const { url } = await ingestors.start({});
    expect((await push(url, 'x', { 'content-type': 'image/png', 'x-api-key': 'wrong' })).status).toBe(401);
  });

  it('takes bodies as large as PUSH_BYTES_MAX allows', async () => {
    const { url } = await ingestors.start({ PUSH_BYTES_MAX: 2_000_000 });
    const body = `${'x'.repeat(999)}\n`.repeat(2_000);
    expect((await push(url, body, { 'content-type': 'text/plain' })).status).toBe(202);
  });

  it('limits how often an address guesses keys, all of an IPv6 /64 as one, and no one there who has a key', async () => {
    const { url, registry } = await ingestors.start({ PUSHES_PER_MINUTE_MAX: 8 });
    const guess = (address: string) => push(url, {}, { 'x-api-key': 'guess', 'x-forwarded-for': address });
    expect((await guess('2001:db8:0:1::1')).status).toBe(401);
    expect((await guess('2001:db8:0:1::2')).status).toBe(401);
    const refused = await guess('2001:db8:0:1:ffff::3');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ status: 429, retry_after_seconds: expect.any(Number) });
    expect((await guess('2001:db8:0:2::1')).status).toBe(401);
    const keyless = await push(url, {}, { 'x-api-key': '', 'x-forwarded-for': '2001:db8:0:1::1' });
    expect(keyless.status).toBe(429);
    expect((await push(url, { lines: ['one'] }, { 'x-forwarded-for': '2001:db8:0:1::1' })).status).toBe(202);
    expect(await registry.metrics()).toContain('vigil_push_requests_total{status="429"} 2');
  });

  it('limits how often a key pushes, from wherever it comes', async () => {
    const { url } = await ingestors.start({ PUSHES_PER_MINUTE_MAX: 8 });
    const from = async (address: string, headers = {}): Promise<number> =>
      (await push(url, { lines: ['one'] }, { 'x-forwarded-for': address, ...headers })).status;
    expect([await from('192.0.2.1'), await from('192.0.2.2'), await from('192.0.2.3')]).toEqual([202, 202, 429]);
    expect(await from('192.0.2.4', { 'x-api-key': OTHER_INGEST_KEY })).toBe(202);
  });

  it('takes no more bodies than may be under way while the queue does not answer, and goes on when it does', async () => {
    const answer = Promise.withResolvers<void>();
    let under = 0;
    const wrap = (queue: QueueBackend): QueueBackend => ({
      ...queue,
      producer: (name) => ({
        addAll: async (jobs) => {
          under += 1;
          await answer.promise;
          await queue.producer(name).addAll(jobs);
        },
      }),
    });
    const { url } = await ingestors.start({ PUSH_IN_FLIGHT_BYTES_MAX: 2_500 }, { wrap });
    const one = (): Promise<Response> => push(url, 'x'.repeat(1_000), { 'content-type': 'text/plain' });
    const waiting = [one(), one()];
    await waitUntil(() => under === 2);
    const refused = await one();
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ title: 'Busy' });
    answer.resolve();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([202, 202]);
    await waitUntil(async () => (await one()).status === 202);
  });

  it('holds no place for a compressed body that breaks off', async () => {
    const { url } = await ingestors.start({ PUSH_IN_FLIGHT_BYTES_MAX: 3_000 });
    const statusOfAnother = async (): Promise<number> =>
      (await push(url, 'x'.repeat(2_000), { 'content-type': 'text/plain' })).status;
    const body = gzipSync(randomBytes(2_000));
    const { hostname, port } = new URL(url);
    let client: Socket;
    let isOver = false;
    const begin = (): void => {
      // What is sent to a connection that the ingestor has closed is answered by a reset.
      client = connect(Number(port), hostname).on('error', () => undefined);
      client.write(
        `POST /ingest/batch HTTP/1.1\r\nHost: vigil\r\nX-API-Key: ${OTHER_INGEST_KEY}\r\nContent-Type: text/plain\r\n` +
          `Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      client.write(body.subarray(0, -100));
      // It may have come while another one held the place, and was refused then.
      client.once('data', () => client.destroy()).once('close', () => isOver || begin());
    };
    begin();
    await waitUntil(async () => (await statusOfAnother()) === 503);
    isOver = true;
    client!.destroy();
    await expect(waitUntil(async () => (await statusOfAnother()) === 202)).resolves.toBe(true);
  });

  it.each(['redis', 'postgres'] as const)(
    'takes a push whose source or format PostgreSQL would refuse, with what it keeps instead, on %s',
    async (kind) => {
      const { postgresUrl } = await testServices(['postgres']);
      const onPostgres = (): QueueBackend => createPostgresQueueBackend(postgresUrl, { schema: 'push' });
      const { url, queue } = await ingestors.start({}, kind === 'postgres' ? { wrap: onPostgres } : {});
      try {
        const hostile = 'a\0b\ud800';
        expect((await push(url, { lines: ['one'], source: hostile, format: hostile })).status).toBe(202);
        const raw = { 'content-type': 'text/plain' };
        expect((await push(url, 'two', raw, '?source=a%00b')).status).toBe(202);
        ingestors.consume(queue);
        await waitUntil(() => ingestors.received.length === 2);
        const [json, text] = ingestors.received;
        expect(json).toMatchObject({ source: 'a\u2400b\ufffd', format: 'a\u2400b\ufffd' });
        expect(text).toMatchObject({ source: 'a\u2400b' });
      } finally {
        await queue.close();
      }
    },
  );

  it('answers 503 with the batch id when the queue fails, so that sending it again is harmless', async () => {
    const wrap = (queue: QueueBackend): QueueBackend => ({
      ...queue,
      producer: () => ({ addAll: () => Promise.reject(new Error('away')) }),
    });
    const { url } = await ingestors.start({}, { wrap });
    const response = await push(url, { lines: ['one'] });
    expect(response.status).toBe(503);
    const problem = (await response.json()) as { batch_id: string };
    expect(problem.batch_id).toMatch(/^[0-9a-f-]{36}$/);
  });
});
