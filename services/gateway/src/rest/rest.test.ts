import { Validator } from '@seriousme/openapi-schema-validator';
import { startFreezableProxy } from '@vigil/dev-services/freezable-proxy';
import { testServices } from '@vigil/dev-services/test-services';
import { statusOfUnfinished } from '@vigil/dev-services/unfinished-request';
import { waitUntil } from '@vigil/dev-services/wait-until';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { openDatabase, type Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READ_KEY, STREAM_KEY, startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts';
import { createEventPartition, storeEvents } from '../testing/store-events.ts';
import type { Threat, ThreatDetail } from './threat-schemas.ts';

let postgresUrl: string;
let database: Database;
let gateway: TestGateway;

beforeAll(async () => {
  ({ postgresUrl } = await testServices(['postgres']));
  database = await openTestDatabase();
  await createEventPartition(database);
  await storeTallies();
  gateway = await startTestGateway(database, createMemoryAlertBus());
});
afterAll(async () => {
  await gateway.stop();
  await database.close();
});

/** Counts what `GET /stats` and `GET /timeline` tell. */
async function storeTallies(): Promise<void> {
  const lines: [string, number][] = [
    ['scored:LOW', 90],
    ['scored:MEDIUM', 3],
    ['scored:HIGH', 4],
    ['rejected:too_long', 2],
    ['rejected:empty', 1],
    ['dead_lettered', 5],
    ['suppressed:s1', 7],
    ['rejected:unparsable', -2],
  ];
  for (const [outcome, count] of lines) {
    for (const [table, unit] of [
      ['line_tallies', 'minute'],
      ['line_hour_tallies', 'hour'],
    ])
      await database.query(`insert into ${table} values (date_trunc('${unit}', now()), 'a', $1, $2)`, [outcome, count]);
  }
  await database.query(
    `insert into threat_tallies values (date_trunc('minute', now()), 'HIGH', 'XSS', 4), (date_trunc('minute', now()), 'MEDIUM', 'SSRF', 3)`,
  );
  await database.query(`insert into source_tallies values (date_trunc('hour', now()), '203.0.113.9', 7)`);
  await database.query(`insert into path_tallies values (date_trunc('hour', now()), '/search', 7)`);
}

interface Answer {
  status: number;
  // The tests say what they expect of it.
  body: Partial<ThreatDetail> & { threats?: Threat[]; next_cursor?: string | null; detail?: string };
}

async function call(path: string, init: RequestInit = {}, key = READ_KEY): Promise<Answer> {
  const headers = { 'x-api-key': key, ...(init.body === undefined ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch(gateway.url + path, { ...init, headers });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function pages(query: string): Promise<Threat[][]> {
  const all: Threat[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { status, body }: Answer = await call(`/threats?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    all.push(body.threats!);
    cursor = body.next_cursor!;
  }
  return all;
}

describe('keys', () => {
  it('asks for a key everywhere but on health and readiness', async () => {
    for (const path of ['/threats', '/stats', '/models/status', '/metrics', '/alerts/stream']) {
      const response = await fetch(gateway.url + path);
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    }
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
    // On a machine where all tests run at once a check may take longer than it is given.
    await expect.poll(async () => (await fetch(`${gateway.url}/ready`)).status).toBe(200);
  });

  it('asks for a key on every route of the API, and for one whose scopes reach', async () => {
    const { paths } = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, object>>;
    };
    const routes = Object.entries({ ...paths, '/alerts/stream': { get: {} } }).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => [method.toUpperCase(), path] as const),
    );
    expect(routes).toContainEqual(['PATCH', '/threats/{id}/review']);
    for (const [method, path] of routes) {
      const url = gateway.url + path.replace('{id}', '00000000-0000-4000-8000-000000000000').replace('{ip}', '::1');
      const otherKey = ['/ws/ticket', '/alerts/stream'].includes(path) ? READ_KEY : STREAM_KEY;
      const without = await fetch(url, { method });
      const withOther = await fetch(url, { method, headers: { 'x-api-key': otherKey } });
      expect([method, path, without.status, withOther.status]).toEqual([method, path, 401, 403]);
    }
  });

  it.each([
    ['PATCH', '/threats/00000000-0000-4000-8000-000000000000/review', 401],
    ['POST', '/ws/ticket', 401],
    ['POST', '/nowhere', 404],
  ])('are asked for before a body is waited for: %s %s', async (method, path, status) =>
    expect(await statusOfUnfinished(method, gateway.url + path)).toBe(status),
  );
});

describe('caches', () => {
  it('keep no answer, and browsers guess at none, with a key or without', async () => {
    const { paths } = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const urls = [...Object.keys(paths), '/health', '/ready', '/alerts/stream', '/none'];
    expect(urls).toContain('/threats');
    for (const url of urls) {
      for (const headers of [{}, { 'x-api-key': READ_KEY }]) {
        const response = await fetch(gateway.url + url, { headers });
        await response.body?.cancel();
        expect([url, response.status, response.headers.get('cache-control')]).toEqual([
          url,
          response.status,
          'no-store',
        ]);
        expect([url, response.headers.get('x-content-type-options')]).toEqual([url, 'nosniff']);
      }
    }
  });
});

describe('GET /threats', () => {
  beforeAll(async () => {
    const seeds = Array.from({ length: 25 }, (_, i) => ({
      // Five events at each instant: the cursor must tell them apart.
      timestamp: new Date(Date.UTC(2026, 2, 2, 10, Math.floor(i / 5))).toISOString(),
      sourceIp: `203.0.113.${i % 3}`,
      severity: i % 2 === 0 ? ('HIGH' as const) : ('MEDIUM' as const),
      path: i === 7 ? '/admin/100%_\\x' : `/item/${i}`,
      source: 'listed.log',
    }));
    await storeEvents(database, seeds);
  });

  it('gives every event once, newest first, over as many pages as it takes', async () => {
    const all = (await pages('limit=4&source=listed.log')).flat();
    expect(all).toHaveLength(25);
    expect(new Set(all.map((threat) => threat.id)).size).toBe(25);
    const times = all.map((threat) => threat.timestamp);
    expect(times).toEqual([...times].sort().toReversed());
  });

  it('filters by the fields of the seed', async () => {
    const found = (
      await pages('severity=HIGH&source_ip=203.0.113.0&since=2026-03-02T10:01:00Z&until=2026-03-02T10:04:00Z')
    ).flat();
    expect(found.length).toBeGreaterThan(0);
    for (const threat of found) {
      expect(threat).toMatchObject({ severity: 'HIGH', source_ip: '203.0.113.0' });
      expect(threat.timestamp >= '2026-03-02T10:01' && threat.timestamp < '2026-03-02T10:04').toBe(true);
    }
  });

  it('takes an instant with any offset, also those that PostgreSQL has no name for', async () => {
    const found = (await pages('since=2026-03-03T09:04:00%2B23:00&until=2026-03-01T11:05:00-23:00')).flat();
    expect(found).toHaveLength(5);
    const unencoded = (await pages('since=2026-03-03T09:04:00+23:00&until=2026-03-01T11:05:00-23:00')).flat();
    expect(unencoded).toEqual(found);
  });

  it('takes the signs of a path as they are', async () => {
    expect((await pages(`path=${encodeURIComponent('/admin/100%_\\*')}`)).flat()).toHaveLength(1);
    expect((await pages(`path=${encodeURIComponent('/admin/1000_\\*')}`)).flat()).toHaveLength(0);
  });

  it.each([
    'limit=101',
    'limit=0',
    'severity=LOW',
    'since=yesterday',
    'since=0000-01-01',
    'until=9999-12-31T23:59:59-01:00',
    'cursor=abc',
    `cursor=${Buffer.from('999999999999999 00000000-0000-4000-8000-000000000000').toString('base64url')}`,
    'cidr=10.0.0.0/33',
    'path=*********',
    'min_sevrity=HIGH',
    // As of a variable that was never set: no filter would select everything.
    'source_ip=',
    'class=,',
    'source=',
  ])('refuses %s with a problem that names the field', async (query) => {
    const { status, body } = await call(`/threats?${query}`);
    expect(status).toBe(422);
    expect(body.detail).toContain(query.split('=')[0]);
  });
});

it.each(['/threats/export?clas=XSS', '/stats?rnge=1h', '/timeline?form=2026-01-01'])(
  'refuses %s: a misspelt parameter that is ignored selects more than was meant',
  async (path) => {
    const { status, body } = await call(path);
    expect(status).toBe(422);
    expect(body.detail).toMatch(/"(?:clas|rnge|form)"/);
  },
);

it.each(['/threats?path=a%00b', '/threats?source_ip=%00', '/sources/%00'])(
  'refuses %s, which PostgreSQL could not take',
  async (path) => expect((await call(path)).status).toBe(422),
);

describe('GET /threats/:id and its review', () => {
  it('shows why, and what a person made of it', async () => {
    const [alert] = await storeEvents(database, [{ line: 'GET /?a=<script>' }]);
    const { body } = await call(`/threats/${alert!.id}`);
    expect(body).toMatchObject({ id: alert!.id, line: 'GET /?a=<script>', review: null, bytes: 512 });
    expect(body.matches?.[0]).toMatchObject({ decoded: ['percent'], line_span: [2, 5] });

    const body1 = JSON.stringify({ verdict: 'false_positive', note: 'a test', reviewer: 'eve' });
    expect(await call(`/threats/${alert!.id}/review`, { method: 'PATCH', body: body1 })).toMatchObject({
      status: 200,
      body: { verdict: 'false_positive', note: 'a test', reviewer: 'reader: eve' },
    });
    const after = await call(`/threats/${alert!.id}`);
    expect(after.body).toMatchObject({ verdict: 'false_positive', review: { note: 'a test' } });
    const refused = await call(`/threats/${alert!.id}/review`, { method: 'PATCH', body: '{"verdict":"maybe"}' });
    expect(refused.status).toBe(422);
    const nul = { method: 'PATCH', body: String.raw`{"verdict":"true_positive","note":"a\u0000b"}` };
    expect((await call(`/threats/${alert!.id}/review`, nul)).status).toBe(422);
  });

  it('tells of evidence in a field that is stored beside the one which earlier releases know', async () => {
    const [alert] = await storeEvents(database, [{}]);
    await database.query(
      `update events set matches = jsonb_set(matches::jsonb, '{0,laterField}', '"header"')::json where id = $1`,
      [alert!.id],
    );
    const { body } = await call(`/threats/${alert!.id}`);
    expect(body.matches?.[0]).toMatchObject({ field: 'header' });
    expect(body.matches?.[0]).not.toHaveProperty('laterField');
  });

  it('takes the longest review, escaped throughout, and refuses longer bodies', async () => {
    const [alert] = await storeEvents(database, [{}]);
    const escaped = (count: number): string => String.raw`\u00e9`.repeat(count);
    const review = `{"verdict":"false_positive","note":"${escaped(2_000)}","reviewer":"${escaped(100)}"}`;
    const send = (body: string) => call(`/threats/${alert!.id}/review`, { method: 'PATCH', body });
    expect(await send(review)).toMatchObject({ status: 200, body: { note: 'é'.repeat(2_000) } });
    expect((await send(review + ' '.repeat(16 * 1024))).status).toBe(413);
  });

  it('answers 404 for an event that is not there', async () => {
    expect((await call('/threats/00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect(await call('/threats/nonsense')).toMatchObject({
      status: 422,
      body: { detail: 'id: is not the whole id of an event' },
    });
  });
});

describe('GET /stats', () => {
  it('accounts for every line', async () => {
    const { status, body } = await call('/stats?range=1h');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      total: 7,
      by_severity: { MEDIUM: 3, HIGH: 4 },
      by_class: [
        { class: 'XSS', events: 4 },
        { class: 'SSRF', events: 3 },
      ],
      top_source_ips: [{ source_ip: '203.0.113.9', events: 7 }],
      top_paths: [{ path: '/search', events: 7 }],
      pipeline: {
        read: 105,
        scored: { total: 97, LOW: 90, MEDIUM: 3, HIGH: 4 },
        rejected: { total: 3, by_reason: { too_long: 2, empty: 1, unparsable: 0 } },
        dead_lettered: 5,
        suppressed: 7,
      },
    });
    expect((await call('/stats?range=2h')).status).toBe(422);
  });
});

it('shows the rules that come with this release where nobody says which are used', async () => {
  const { body } = await call('/rules');
  const rulebook = body as unknown as { packs: { rules: object[] }[]; suppressions: null };
  expect(rulebook.suppressions).toBeNull();
  expect(rulebook.packs.flatMap((pack) => pack.rules).length).toBeGreaterThan(0);
  expect(rulebook.packs[0]?.rules[0]).toHaveProperty('title');
});

it('answers /models/status from what is stored where nobody tells more', async () => {
  const { body } = await call('/models/status');
  expect(body).toMatchObject({ rules: { version: 'test-1' }, scorers: null, queues: null });
});

describe('GET /threats/export', () => {
  const hostile = '=HYPERLINK("http://evil")';

  beforeAll(async () => {
    const seeds = Array.from({ length: 1_203 }, () => ({ source: 'export.log', path: '/x' }));
    await storeEvents(database, [...seeds, { source: 'export.log', path: hostile, userAgent: '\u202eabc\u001b[31m"' }]);
  });

  async function text(query: string): Promise<string> {
    const response = await fetch(`${gateway.url}/threats/export?${query}`, { headers: { 'x-api-key': READ_KEY } });
    expect(response.status).toBe(200);
    return response.text();
  }

  it('streams everything that the filter lets through, over any number of pages', async () => {
    const lines = (await text('source=export.log')).trimEnd().split('\n');
    expect(lines).toHaveLength(1_204);
    expect(new Set(lines.map((line) => (JSON.parse(line) as Threat).id)).size).toBe(1_204);
  });

  it('writes NDJSON that is harmless on a terminal and the same when parsed', async () => {
    const line = await text(`source=export.log&path=${encodeURIComponent('=*')}`);
    expect(line).toContain('"\\u202eabc\\u001b[31m\\""');
    expect(JSON.parse(line)).toMatchObject({ user_agent: '\u202eabc\u001b[31m"' });
  });

  it('writes CSV in which no cell is a formula and no mark hides text', async () => {
    const csv = await text(`source=export.log&format=csv&path=${encodeURIComponent('=*')}`);
    const [head, row, rest] = csv.split('\r\n');
    expect(head).toContain('"id","timestamp","severity"');
    expect(row).toContain(`"'=HYPERLINK(""http://evil"")"`);
    expect(row).toContain('"\\u{202e}abc\\u{1b}[31m"""');
    expect(rest).toBe('');
  });
});

type TimelineBody = { since: string; until: string; bucket_seconds: number; buckets: { total: number }[] };

describe('GET /timeline and GET /sources/:ip', () => {
  it('gives every bucket of the range, with what was counted in it', async () => {
    const { body } = await call('/timeline?range=1h');
    const timeline = body as unknown as { bucket_seconds: number; buckets: { total: number; by_class: object }[] };
    expect(timeline.bucket_seconds).toBe(60);
    expect(timeline.buckets.length).toBeGreaterThanOrEqual(60);
    expect(timeline.buckets.reduce((sum, bucket) => sum + bucket.total, 0)).toBe(7);
    expect(timeline.buckets.filter((bucket) => bucket.total === 7)).toMatchObject([{ by_class: { XSS: 4, SSRF: 3 } }]);
  });

  it.each([
    ['1h', 1, 60],
    ['6h', 6, 300],
    ['24h', 24, 1_800],
    ['7d', 168, 10_800],
    ['30d', 720, 43_200],
  ])('gives about sixty buckets of a range of %s', async (range, hours, bucketSeconds) => {
    const body = (await call(`/timeline?range=${range}`)).body as unknown as TimelineBody;
    expect(body).toMatchObject({ range, bucket_seconds: bucketSeconds });
    expect(Date.parse(body.until) - Date.parse(body.since)).toBe(hours * 3_600_000);
    // Where the range begins within a bucket, another one holds its end.
    const whole = (hours * 3_600) / bucketSeconds;
    expect([whole, whole + 1]).toContain(body.buckets.length);
  });

  it('gives a part of the time in steps that fit it, of some classes only where that is asked for', async () => {
    const since = new Date(Date.now() - 600_000).toISOString();
    const whole = (await call(`/timeline?since=${since}`)).body as unknown as TimelineBody;
    expect(whole).toMatchObject({ range: null, bucket_seconds: 60 });
    expect(whole.buckets.reduce((sum, bucket) => sum + bucket.total, 0)).toBe(7);
    const none = (await call(`/timeline?since=${since}&class=LOG4SHELL,XXE_INJECTION`)).body as unknown as TimelineBody;
    expect(none.buckets.reduce((sum, bucket) => sum + bucket.total, 0)).toBe(0);
    const month = (await call('/timeline?since=2026-01-01&until=2026-02-01')).body as unknown as TimelineBody;
    expect(month).toMatchObject({ bucket_seconds: 12 * 3_600 });
    expect((await call('/timeline?since=2026-02-01&until=2026-01-01')).status).toBe(422);
    expect((await call('/timeline?since=2000-01-01&until=2026-01-01')).status).toBe(422);
    expect((await call('/timeline?since=2026-01-01&until=2026-01-01')).status).toBe(422);
    const hours = ['02:00:00Z', '02:00:01Z'].map(async (until) => {
      const { body } = await call(`/timeline?since=2026-01-01&until=2026-01-01T${until}`);
      return (body as unknown as TimelineBody).bucket_seconds;
    });
    expect(await Promise.all(hours)).toEqual([60, 120]);
    // Ignored, it would be taken for the time until then.
    expect((await call('/timeline?until=2026-01-01')).status).toBe(422);
  });

  it('says what an address did', async () => {
    await storeEvents(database, [
      { sourceIp: '2001:db8::9', path: '/a', classes: ['XSS'], timestamp: '2026-03-02T11:00:00Z' },
      { sourceIp: '2001:db8::9', path: '/b', classes: ['XSS', 'SSRF'], severity: 'MEDIUM' },
    ]);
    await database.query(
      `insert into source_tallies select date_trunc('hour', now()) - n * interval '1 hour', '2001:db8::9', 3 + n from generate_series(0, 1) n`,
    );
    const { body } = await call('/sources/2001:db8::9');
    expect(body).toMatchObject({
      source_ip: '2001:db8::9',
      events_30d: 7,
      hourly: [{ events: 4 }, { events: 3 }],
      recent: {
        events: 2,
        since: '2026-03-02T10:00:00.000Z',
        last_seen: '2026-03-02T11:00:00.000Z',
        by_severity: { MEDIUM: 1, HIGH: 1 },
        reviewed_false_positive: 0,
        by_class: [{ name: 'XSS', events: 2 }, { name: 'SSRF' }],
      },
    });
    const [alert] = await storeEvents(
      database,
      Array.from({ length: 20 }, () => ({ sourceIp: '2001:db8::9' })),
    );
    const review = { method: 'PATCH', body: '{"verdict":"false_positive"}' };
    expect((await call(`/threats/${alert!.id}/review`, review)).status).toBe(200);
    const { body: later } = await call('/sources/2001:db8::9');
    expect(later).toMatchObject({ recent: { events: 22, reviewed_false_positive: 1 }, latest: { length: 20 } });
    expect((await call('/sources/192.0.2.250')).status).toBe(404);
  });
});

describe('the description of the API', () => {
  it('is OpenAPI 3.1 with every route, and a page without any request to elsewhere', async () => {
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    expect(await new Validator().validate(document)).toEqual({ valid: true });
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/threats',
        '/threats/{id}',
        '/threats/{id}/review',
        '/threats/export',
        '/stats',
        '/timeline',
        '/rules',
      ]),
    );
    expect(JSON.stringify(document)).toContain('"name":"cidr","in":"query"');
    // Later releases add fields: clients that were made from this document must not refuse them.
    expect(JSON.stringify(document)).not.toContain('"additionalProperties":false');
    const names = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    expect(names).toEqual(names.map(() => expect.stringMatching(/^[a-z]+[A-Z][A-Za-z]+$/)));
    expect(new Set(names).size).toBe(names.length);
    const page = await fetch(`${gateway.url}/docs`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    // Below a path of a proxy the page leads to its own document, too.
    expect((await page.text()).match(/(?:src|href)="[^"]*"/g)).toEqual(['href="openapi.json"']);
  });
});

it('says that the database is away while nothing comes of it, and answers again when there is one', async () => {
  const proxy = await startFreezableProxy(postgresUrl);
  const through = await openDatabase(proxy.url, { answerMaxMs: 1_000 });
  const behind = await startTestGateway(through, createMemoryAlertBus());
  const ask = () => fetch(`${behind.url}/threats`, { headers: { 'x-api-key': READ_KEY } });
  try {
    expect((await ask()).status).toBe(200);
    proxy.freeze();
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    proxy.thaw();
    expect(await waitUntil(async () => (await ask()).status === 200, { timeoutMs: 20_000, what: 'an answer' })).toBe(
      true,
    );
  } finally {
    await behind.stop();
    await through.close();
    await proxy.close();
  }
});

describe('a filter that PostgreSQL takes long for', () => {
  const askPaths = (url: string) => fetch(`${url}/threats?path=*x*`, { headers: { 'x-api-key': READ_KEY } });

  /** Runs `work` while no list can be read. */
  async function whileSlow<T>(work: () => Promise<T>): Promise<T> {
    return database.transactional(async (em) => {
      await database.query('lock table reviews in access exclusive mode', [], em);
      return work();
    });
  }

  it('keeps no connection from others, however often one key asks', async () => {
    const statuses: number[] = [];
    const { asked } = await whileSlow(async () => {
      const lists = Array.from({ length: 32 }, async () => void statuses.push((await askPaths(gateway.url)).status));
      const others = (): boolean => statuses.length === 29;
      await waitUntil(others, { timeoutMs: 20_000, what: 'all but three to be refused' });
      expect((await call('/stats')).status).toBe(200);
      return { asked: lists };
    });
    await Promise.all(asked);
    expect(statuses).toEqual([...Array.from({ length: 29 }, () => 429), 200, 200, 200]);
    expect((await askPaths(gateway.url)).status).toBe(200);
  });

  it('is given up when the client leaves', async () => {
    const isMade = async (): Promise<boolean> => {
      const sql = `select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%reviews%'`;
      return (await database.query(sql)).length > 0;
    };
    await whileSlow(async () => {
      const leaving = new AbortController();
      const asked = fetch(`${gateway.url}/threats?path=*x*`, {
        headers: { 'x-api-key': READ_KEY },
        signal: leaving.signal,
      });
      asked.catch(() => undefined);
      await waitUntil(isMade, { timeoutMs: 10_000, what: 'the list to be made' });
      leaving.abort();
      const isGivenUp = async (): Promise<boolean> => !(await isMade());
      expect(await waitUntil(isGivenUp, { timeoutMs: 10_000, what: 'it to be given up' })).toBe(true);
    });
  });

  it('is told what would help', async () => {
    // As it does by itself with what takes too long.
    const giveUp = `select pg_cancel_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    const answer = await whileSlow(async () => {
      const asked = askPaths(gateway.url);
      const isGivenUp = async (): Promise<boolean> => (await database.query(giveUp)).length > 0;
      await waitUntil(isGivenUp, { timeoutMs: 10_000, what: 'PostgreSQL to give it up' });
      return asked;
    });
    expect(await answer.json()).toMatchObject({ status: 503, title: 'Too slow' });
  });
});

it('finds the longest address that is kept', async () => {
  const sourceIp = '\u20ac'.repeat(255);
  await storeEvents(database, [{ sourceIp, sourceAddr: null }]);
  const { status, body } = await call(`/sources/${encodeURIComponent(sourceIp)}`);
  expect([status, (body as { source_ip?: string }).source_ip]).toEqual([200, sourceIp]);
});
