import type { Database } from '@vigil/shared/storage/database';
import { openTestDatabase } from '@vigil/shared/testing/open-test-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEventPartition } from '../testing/store-events.ts';
import { queryThreats, SCAN_EVENTS_MAX, type ThreatCursor } from './threat-query.ts';
import { threatSelectionSchema } from './threat-schemas.ts';

const EVENTS = 2.5 * SCAN_EVENTS_MAX;
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
  await createEventPartition(database);
  // One in 5,000 is XSS, every third SSRF; ever three share an instant.
  await database.query(
    `insert into events (id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer,
       user_agent, host, score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
     select gen_random_uuid(), '2026-03-02T00:00:00Z'::timestamptz + (n / 3) * interval '1 second', 'a', n, '10.0.0.' || n % 7, null,
       'GET', '/' || n, '', 200, 0, '', '', '', 0.8, 'HIGH', '{}',
       array[case when n % 5000 = 0 then 'XSS' when n % 3 = 0 then 'SSRF' else 'SQL_INJECTION' end], '{}', '[]', '', ''
     from generate_series(1, $1::int) as n`,
    [EVENTS],
  );
});
afterAll(() => database.close());

async function read(query: object, limit = 1_000): Promise<{ paths: string[]; pages: number }> {
  const selection = threatSelectionSchema.parse(query);
  const paths: string[] = [];
  let pages = 0;
  let after: ThreatCursor | undefined;
  do {
    const page = await queryThreats(database, selection, limit, after);
    paths.push(...page.rows.map((row) => row.path));
    pages += 1;
    after = page.next;
  } while (after !== undefined);
  return { paths, pages };
}

it('finds what is rare in one page, however far back it is', async () => {
  const { paths, pages } = await read({ class: 'XSS' });
  expect([paths.length, pages]).toEqual([EVENTS / 5_000, 1]);
});

it('gives what is frequent once each, page by page', async () => {
  const { paths } = await read({ class: 'SSRF,XSS' });
  expect(new Set(paths).size).toBe(paths.length);
  const [count] = await database.query<{ n: string }>(
    `select count(*) as n from events where classes && array['SSRF', 'XSS']`,
  );
  expect(paths).toHaveLength(Number(count!.n));
  expect((await read({ source_ip: '10.0.0.1,10.0.0.2' })).paths).toHaveLength(
    Number(
      (
        await database.query<{ n: string }>(
          `select count(*) as n from events where source_ip in ('10.0.0.1', '10.0.0.2')`,
        )
      )[0]!.n,
    ),
  );
});

it('looks at a bounded number of events for a page, and still finds everything in the end', async () => {
  const { paths, pages } = await read({ path: '/7' });
  expect(paths).toEqual(['/7']);
  expect(pages).toBe(3);
});

it('looks at no more where a further condition leaves little of what an index leads to', async () => {
  expect(await read({ class: 'SSRF', path: '/9' })).toEqual({ paths: ['/9'], pages: 2 });
  expect(await read({ class: 'XSS', path: '/5000' })).toEqual({ paths: ['/5000'], pages: 1 });
  expect(await read({ class: 'XSS', path: '/none' })).toEqual({ paths: [], pages: 1 });
  expect((await read({ class: 'XSS', severity: 'MEDIUM' })).paths).toEqual([]);
});

it('leaves nothing out where one page has looked at all that it may and the next one goes on', async () => {
  // The first page ends within the instant that 15000 to 15002 share.
  const { paths, pages } = await read({ path: '/1500*' });
  const wanted = [1_500, ...Array.from({ length: 10 }, (_, at) => 15_000 + at)].map((n) => `/${n}`);
  expect(paths.toSorted()).toEqual(wanted.toSorted());
  expect(pages).toBeGreaterThan(1);
});

it('goes on where it found as many as a page holds among those that it may look at', async () => {
  expect((await read({ path: '/2500*' }, 1)).paths).toEqual(['/25000', '/2500']);
});
