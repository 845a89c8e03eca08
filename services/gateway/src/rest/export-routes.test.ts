import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { RequestLimit } from '@vigil/shared/auth/request-limit';
import { createHttpServer, listen } from '@vigil/shared/http/http-server';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { Database } from '@vigil/shared/storage/database';
import { DatabaseAwayError } from '@vigil/shared/storage/database-errors';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { testLogger } from '@vigil/shared/testing/test-logger';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEventPartition, storeEvents } from '../testing/store-events.ts';
import { Api } from './api.ts';
import { exportRoutes, type ExportOptions } from './export-routes.ts';

/** More bytes than the sockets' buffers of both sides hold. */
const EVENTS = 20_000;
const PATH = `/${'a'.repeat(600)}`;

let database: Database;
let lifecycle: Lifecycle;
let clients: Socket[];

beforeAll(async () => {
  database = await openTestDatabase();
  await createEventPartition(database);
  await storeEvents(
    database,
    Array.from({ length: EVENTS }, () => ({ path: PATH })),
  );
});
afterAll(() => database.close());

beforeEach(() => {
  clients = [];
  lifecycle = new Lifecycle(testLogger(), 5_000);
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await lifecycle.stop('test');
});

async function serve(limits: Omit<ExportOptions, 'signal'> = {}, from: Database = database): Promise<URL> {
  const api = new Api();
  exportRoutes(api, from, { signal: lifecycle.signal, ...limits });
  const app = createHttpServer({ log: testLogger() });
  const verifyKey = async (key: string) => ({ name: key, scopes: ['read'] as const });
  api.mount(app, new RequestLimit({ perMinuteMax: 1_000_000, verifyKey }));
  return new URL('/threats/export', await listen(app, lifecycle, '127.0.0.1', 0));
}

/** Asks for the export, once or several times in a row, and reads nothing but the beginning of the answer. */
async function stall({ port, pathname }: URL, requests = 1, key = 'any'): Promise<void> {
  const client = connect(Number(port), '127.0.0.1');
  clients.push(client);
  client.on('error', () => undefined);
  client.write(`GET ${pathname} HTTP/1.1\r\nHost: vigil\r\nX-API-Key: ${key}\r\n\r\n`.repeat(requests));
  await once(client, 'readable');
}

async function ask(url: URL, method = 'GET'): Promise<number> {
  const response = await fetch(url, { method, headers: { 'x-api-key': 'any' } });
  await response.body?.cancel();
  return response.status;
}

async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return chunks;
}

/** Since when statements wait for a lock, in the database of this file alone. */
async function waiting(): Promise<string[]> {
  const sql = `select query_start::text as since from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return (await database.query<{ since: string }>(sql)).map(({ since }) => since);
}

it('gives up clients that take nothing, so that others get theirs', async () => {
  const url = await serve({ stallMaxMs: 200 });
  await Promise.all([stall(url), stall(url)]);
  const isServed = async (): Promise<boolean> => (await ask(url)) === 200;
  expect(await waitUntil(isServed, { timeoutMs: 20_000, what: 'an export for somebody else' })).toBe(true);
});

it('keeps no other key from its export, however slowly those of one are read', async () => {
  const url = await serve();
  await Promise.all([stall(url), stall(url)]);
  const refused = await fetch(url, { headers: { 'x-api-key': 'any' } });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('2 exports of this key are running') });
  await stall(url, 1, 'another');
  const third = await fetch(url, { headers: { 'x-api-key': 'a-third' } });
  expect(await third.json()).toMatchObject({ status: 503, detail: expect.stringContaining('3 exports are running') });
});

it('holds no place for what must wait until its connection has given another answer', async () => {
  const url = await serve();
  await stall(url, 2);
  expect(await ask(url)).toBe(200);
});

it('does not take a wait for PostgreSQL for one for the client', async () => {
  const stallMaxMs = 50;
  const url = await serve({ stallMaxMs });
  const answer = await database.transactional(async (em) => {
    await database.query('lock table reviews in access exclusive mode', [], em);
    const asked = fetch(url, { headers: { 'x-api-key': 'any' } }).then((response) => response.text());
    await delay(10 * stallMaxMs);
    return { asked };
  });
  expect((await answer.asked).split('\n')).toHaveLength(EVENTS + 1);
});

describe('while nothing is found', () => {
  /** Statements of a first page that is filtered away. */
  const FIRST_PAGE = 2;

  /** The database, which says nothing of what lies behind the first page until it may. */
  function heldUp(firstPage = FIRST_PAGE): { from: Database; release: () => void } {
    const released = Promise.withResolvers<void>();
    let asked = 0;
    const cancellable: Database['cancellable'] = async (signal, work) =>
      database.cancellable(signal, async (on) => {
        const query: Database['query'] = async (...given) => {
          asked += 1;
          if (asked > firstPage) await released.promise;
          return on.query(...given);
        };
        return work({ query });
      });
    return { from: { ...database, cancellable }, release: released.resolve };
  }

  it('has sent its headers', async () => {
    const { from, release } = heldUp();
    const url = await serve({ silenceMaxMs: 3_600_000 }, from);
    const response = await fetch(`${url.href}?path=/none`, { headers: { 'x-api-key': 'any' } });
    release();
    expect(await response.text()).toBe('');
  });

  it.each(['ndjson', 'csv'])('gives signs of life, which are nothing to whoever reads %s', async (format) => {
    const { from, release } = heldUp();
    const url = await serve({ silenceMaxMs: 5 }, from);
    const given = { headers: { 'x-api-key': 'any' } };
    const { body } = await fetch(`${url.href}?path=/none&format=${format}`, given);
    const reader = body!.getReader();
    const chunks = [(await reader.read()).value!, (await reader.read()).value!];
    release();
    chunks.push(...(await readToEnd(reader)));
    const withoutThem = await fetch(`${(await serve()).href}?path=/none&format=${format}`, given);
    expect(Buffer.concat(chunks).toString().trimStart()).toBe(await withoutThem.text());
  });

  it('gives NDJSON of which every line is an event, however long it is silent behind one', async () => {
    const { from, release } = heldUp(1);
    const { body } = await fetch(await serve({ silenceMaxMs: 0 }, from), { headers: { 'x-api-key': 'any' } });
    const reader = body!.getReader();
    const chunks: Uint8Array[] = [];
    // More than it holds back.
    for (let single = 0; single < 400;) {
      const { value } = await reader.read();
      chunks.push(value!);
      single = value!.length < 100 ? single + value!.length : 0;
    }
    release();
    const text = Buffer.concat([...chunks, ...(await readToEnd(reader))]).toString();
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => typeof (JSON.parse(line) as { id: string }).id)).toHaveLength(EVENTS);
    expect(text).toContain('}   ');
  });

  it('gives NDJSON nothing but empty lines before the first event', async () => {
    const { from, release } = heldUp();
    const url = await serve({ silenceMaxMs: 5 }, from);
    const { body } = await fetch(`${url.href}?path=/none`, { headers: { 'x-api-key': 'any' } });
    const reader = body!.getReader();
    const first = (await reader.read()).value!;
    release();
    expect(Buffer.concat([first, ...(await readToEnd(reader))]).toString()).toMatch(/^\n+$/);
  });

  it('parts no event by them', async () => {
    const response = await fetch(await serve({ silenceMaxMs: 0 }), { headers: { 'x-api-key': 'any' } });
    const lines = (await response.text()).trim().split('\n');
    expect(new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id)).size).toBe(EVENTS);
  });
});

describe('while PostgreSQL takes longer for a page than it may', () => {
  /** Has PostgreSQL give up what waits for a lock, as it does with what takes too long. Returns how much that is. */
  async function giveUp(): Promise<number> {
    const sql = `select pg_cancel_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    return (await database.query(sql)).length;
  }

  /** Keeps every page waiting while `work` runs. */
  async function whileSlow(work: () => Promise<void>): Promise<void> {
    await database.transactional(async (em) => {
      await database.query('lock table reviews in access exclusive mode', [], em);
      await work();
    });
  }

  it('says so before it begins, and holds no place', async () => {
    const url = await serve();
    await whileSlow(async () => {
      for (let times = 0; times < 3; times += 1) {
        const asked = fetch(url, { headers: { 'x-api-key': 'any' } });
        await waitUntil(async () => (await giveUp()) > 0, { timeoutMs: 10_000, what: 'it to wait' });
        expect(await (await asked).json()).toMatchObject({ status: 503, title: 'Too slow' });
      }
    });
    expect(await ask(url)).toBe(200);
  });

  it('holds no place for clients that left before it began', async () => {
    const url = await serve();
    await whileSlow(async () => {
      const leaving = new AbortController();
      const asked = [1, 2].map(() => fetch(url, { headers: { 'x-api-key': 'any' }, signal: leaving.signal }));
      await waitUntil(async () => (await waiting()).length === 2, { timeoutMs: 10_000, what: 'both to wait' });
      leaving.abort();
      await Promise.allSettled(asked);
    });
    const isServed = async (): Promise<boolean> => (await ask(url)) === 200;
    expect(await waitUntil(isServed, { timeoutMs: 20_000, what: 'an export for somebody else' })).toBe(true);
  });

  it('asks for it again and leaves nothing out', async () => {
    const url = await serve();
    const { body } = await fetch(url, { headers: { 'x-api-key': 'any' } });
    const reader = body!.getReader();
    const chunks = [(await reader.read()).value!];
    let reading: Promise<Uint8Array[]> | undefined;
    await whileSlow(async () => {
      reading = readToEnd(reader);
      const tries = new Set<string>();
      const isAskedAgain = async (): Promise<boolean> => {
        for (const since of await waiting()) tries.add(since);
        if (tries.size === 1) await giveUp();
        return tries.size > 1;
      };
      await waitUntil(isAskedAgain, { timeoutMs: 20_000, what: 'another try' });
    });
    chunks.push(...(await reading!));
    expect(Buffer.concat(chunks).toString().split('\n')).toHaveLength(EVENTS + 1);
  });
});

it('breaks off where PostgreSQL stays away, and holds no place', async () => {
  let isAway = false;
  const cancellable: Database['cancellable'] = async (...given) => {
    if (isAway) throw new DatabaseAwayError(new Error('the database system is shutting down'));
    return database.cancellable(...given);
  };
  const url = await serve({ pageTriesMax: 3 }, { ...database, cancellable });
  for (let times = 0; times < 3; times += 1) {
    isAway = false;
    const { body } = await fetch(url, { headers: { 'x-api-key': 'any' } });
    isAway = true;
    await expect(readToEnd(body!.getReader())).rejects.toThrow('terminated');
  }
  isAway = false;
  const isServed = async (): Promise<boolean> => (await ask(url)) === 200;
  expect(await waitUntil(isServed, { timeoutMs: 20_000, what: 'an export for somebody else' })).toBe(true);
});

it.each(['the first page', 'a page under way'])('has PostgreSQL give up %s when the client leaves', async (page) => {
  const url = await serve({ silenceMaxMs: 5 });
  const leaving = new AbortController();
  const given = { headers: { 'x-api-key': 'any' }, signal: leaving.signal };
  const reader = page === 'the first page' ? undefined : (await fetch(url, given)).body!.getReader();
  await reader?.read();
  await database.transactional(async (em) => {
    await database.query('lock table reviews in access exclusive mode', [], em);
    const asked = reader === undefined ? fetch(url, given) : readToEnd(reader);
    asked.catch(() => undefined);
    await waitUntil(async () => (await waiting()).length === 1, {
      timeoutMs: 10_000,
      what: 'the page to be asked for',
    });
    leaving.abort();
    const isGivenUp = async (): Promise<boolean> => (await waiting()).length === 0;
    expect(await waitUntil(isGivenUp, { timeoutMs: 10_000, what: 'it to be given up' })).toBe(true);
  });
});

it('breaks off as soon as the stop begins, before anything waits for those who are served', async () => {
  const url = await serve();
  await Promise.all([stall(url), stall(url)]);
  lifecycle.onStop('drain', 'clients', async () => {
    // They would have the whole of it, and their connections would stay.
    await Promise.all(clients.map((client) => once(client.resume(), 'close')));
  });
  expect(await lifecycle.stop('test')).toBe(true);
});

it('reads nothing for a HEAD', async () => {
  expect(await ask(await serve(), 'HEAD')).toBe(405);
});
