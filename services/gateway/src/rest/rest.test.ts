import { testServices } from '@vigil/dev-services/test-services';
import { createMemoryAlertBus } from '@vigil/shared/bus/memory-alert-bus';
import { migrate, openDatabase, type Database } from '@vigil/shared/storage/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READ_KEY, STREAM_KEY, startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts';
import { createEventPartition, storeEvents } from '../testing/store-events.ts';
import type { Threat, ThreatDetail } from './threat-schemas.ts';

let database: Database;
let gateway: TestGateway;

beforeAll(async () => {
  const { postgresUrl } = await testServices(['postgres']);
  database = await openDatabase(postgresUrl);
  await migrate(database);
  await createEventPartition(database);
  gateway = await startTestGateway(database, createMemoryAlertBus());
});
afterAll(async () => {
  await gateway.stop();
  await database.close();
});

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
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(200);
  });

  it('refuses a key whose scopes do not reach', async () => {
    expect((await call('/threats', {}, STREAM_KEY)).status).toBe(403);
    expect((await call('/ws/ticket', { method: 'POST' }, READ_KEY)).status).toBe(403);
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
    }));
    await storeEvents(database, seeds);
  });

  it('gives every event once, newest first, over as many pages as it takes', async () => {
    const all = (await pages('limit=4')).flat();
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

  it('takes the signs of a path as they are', async () => {
    expect((await pages(`path=${encodeURIComponent('/admin/100%_\\*')}`)).flat()).toHaveLength(1);
    expect((await pages(`path=${encodeURIComponent('/admin/1000_\\*')}`)).flat()).toHaveLength(0);
  });

  it.each([
    'limit=101',
    'limit=0',
    'severity=LOW',
    'since=yesterday',
    'cursor=abc',
    'cidr=10.0.0.0/33',
    'path=*********',
  ])('refuses %s with a problem that names the field', async (query) => {
    const { status, body } = await call(`/threats?${query}`);
    expect(status).toBe(422);
    expect(body.detail).toContain(query.split('=')[0]);
  });
});

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
  });

  it('answers 404 for an event that is not there', async () => {
    expect((await call('/threats/00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await call('/threats/nonsense')).status).toBe(422);
  });
});

describe('GET /stats', () => {
  it('accounts for every line', async () => {
    const lines: [string, number][] = [
      ['scored:LOW', 90],
      ['scored:MEDIUM', 3],
      ['scored:HIGH', 4],
      ['rejected:too_long', 2],
      ['rejected:empty', 1],
      ['dead_lettered', 5],
      ['suppressed:s1', 7],
    ];
    for (const [outcome, count] of lines) {
      await database.query(`insert into line_tallies values (date_trunc('minute', now()), 'a', $1, $2)`, [
        outcome,
        count,
      ]);
    }
    await database.query(
      `insert into threat_tallies values (date_trunc('minute', now()), 'HIGH', 'XSS', 4), (date_trunc('minute', now()), 'MEDIUM', 'XSS', 3)`,
    );
    await database.query(`insert into source_tallies values (date_trunc('hour', now()), '203.0.113.9', 7)`);
    await database.query(`insert into path_tallies values (date_trunc('hour', now()), '/search', 7)`);
    const { status, body } = await call('/stats?range=1h');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      total: 7,
      by_severity: { MEDIUM: 3, HIGH: 4 },
      by_class: [{ class: 'XSS', events: 7 }],
      top_source_ips: [{ source_ip: '203.0.113.9', events: 7 }],
      top_paths: [{ path: '/search', events: 7 }],
      pipeline: {
        read: 105,
        scored: { total: 97, LOW: 90, MEDIUM: 3, HIGH: 4 },
        rejected: { total: 3, by_reason: { too_long: 2, empty: 1 } },
        dead_lettered: 5,
        suppressed: 7,
      },
    });
    expect((await call('/stats?range=2h')).status).toBe(422);
  });
});

it('answers /models/status from what is stored where nobody tells more', async () => {
  const { body } = await call('/models/status');
  expect(body).toMatchObject({ rules: { version: 'test-1' }, scorers: null, queues: null });
});
