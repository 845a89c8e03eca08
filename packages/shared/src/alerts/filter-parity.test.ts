import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Alert } from '../contracts/alert.ts';
import type { Database } from '../storage/database.ts';
import { testAlert } from '../testing/alert.ts';
import { openTestDatabase } from '../testing/open-test-database.ts';
import { alertFilterSchema, compileFilters } from './alert-filter.ts';
import { indexedConditions, scannedConditions, SqlParams } from './filter-sql.ts';

const PATHS = ['/', '/admin', '/admin/users', '/a%b_c\\d', '/wp-login.php', '/x*y', '/Ädmin', '/aXbYc\\d'];
const ADDRESSES = [
  '203.0.113.9',
  '203.0.114.9',
  '10.1.2.3',
  '::1',
  '2001:db8::1',
  '2001:db8:0:1::',
  '::ffff:10.1.2.3',
  '-',
  'host.example',
];
const CLASSES = ['XSS', 'SSRF', 'SQL_INJECTION'];
const RULES = ['r1', 'r2', 'r3'];

const alerts: Alert[] = [];
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.query('create table events_all partition of events for values from (minvalue) to (maxvalue)');
  let n = 0;
  for (const path of PATHS) {
    for (const ip of ADDRESSES) {
      n += 1;
      alerts.push(
        testAlert({
          source_ip: ip,
          request_path: path,
          severity: n % 3 === 0 ? 'MEDIUM' : 'HIGH',
          id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
          seq: n,
          matched_rules: RULES.slice(n % 3),
          classes: CLASSES.slice(0, 1 + (n % 3)),
          source: n % 2 === 0 ? 'a.log' : 'b,c.log',
        }),
      );
    }
  }
  await database.query(
    `insert into events (id, timestamp, source, position, source_ip, source_addr, method, path, query, status, bytes, referer,
       user_agent, host, score, severity, component_scores, classes, matched_rules, matches, line, rules_version)
     select id, timestamp, source, 0, source_ip, case when source_ip ~ '^[0-9a-f.:]+$' then source_ip::inet end, 'GET',
       request_path, '', 200, 0, '', '', '', threat_score, severity, '{}', classes, matched_rules, '[]', '', ''
     from jsonb_to_recordset($1::jsonb) as t (id uuid, timestamp timestamptz, source text, source_ip text, request_path text,
       threat_score float8, severity text, classes text[], matched_rules text[])`,
    [JSON.stringify(alerts)],
  );
});
afterAll(() => database.close());

const some = <T>(values: readonly T[]) => fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const piece = fc.constantFrom('*', '/', 'a', 'admin', '%', '_', '\\', 'd', '.php', 'X', '/wp');
const query = fc.record(
  {
    min_severity: fc.constantFrom('LOW', 'MEDIUM', 'HIGH'),
    severity: fc.constantFrom('MEDIUM', 'HIGH'),
    class: some(['xss', 'SSRF', 'XXE']),
    rule: some(RULES),
    source: some(['a.log', 'b,c.log', 'c']),
    source_ip: some(ADDRESSES),
    cidr: some([
      '203.0.113.0/24',
      '203.0.112.7/20',
      '0.0.0.0/0',
      '::/0',
      '2001:db8::/32',
      '2001:db8::1',
      '10.0.0.0/9',
      '::ffff:0:0/96',
    ]),
    path: fc.array(
      fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')),
      { minLength: 1, maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

it('lets through the same alerts in memory as in SQL, whatever the filter', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (given) => {
      const filter = alertFilterSchema.parse(given);
      const params = new SqlParams();
      const conditions = [...indexedConditions(filter, params), ...scannedConditions(filter, params)];
      const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
      const rows = await database.query<{ id: string }>(
        `select e.id from events e ${where} order by e.id`,
        params.values,
      );
      const { matches } = compileFilters(filter);
      expect(alerts.filter((alert) => matches(alert)).map((alert) => alert.id)).toEqual(rows.map((row) => row.id));
    }),
    { numRuns: 300 },
  );
});

it('lets nothing through where a list is empty, as that of the sources in a token may be', async () => {
  for (const filter of [{ source: [] }, { rule: [] }, { class: [] }, { cidr: [] }, { path: [] }]) {
    const params = new SqlParams();
    const where = scannedConditions(filter, params).join(' and ');
    expect(await database.query(`select 1 from events e where ${where}`, params.values)).toEqual([]);
    const { matches } = compileFilters(filter);
    expect(alerts.filter(matches)).toEqual([]);
  }
});

it('takes no network that PostgreSQL does not read', async () => {
  const lengths = ['0', '8', '32', '032', '00', '+8', '33', '129', ''];
  const networks = ['10.0.0.0', '2001:db8::'].flatMap((address) => lengths.map((length) => `${address}/${length}`));
  const taken = networks.filter((network) => alertFilterSchema.safeParse({ cidr: network }).success);
  expect(taken).toEqual(expect.arrayContaining(['10.0.0.0/8', '2001:db8::/0', '2001:db8::/33']));
  for (const network of taken) expect(await database.query('select $1::inet', [network])).toHaveLength(1);
});

it('gives filters that mean the same the same key, and others another', () => {
  const key = (given: object): string => compileFilters(alertFilterSchema.parse(given)).key;
  expect(key({ class: 'XSS,SSRF' })).toBe(key({ class: ['ssrf', 'xss', 'XSS'] }));
  expect(key({ min_severity: 'LOW' })).toBe(key({}));
  expect(key({ min_severity: 'HIGH' })).not.toBe(key({}));
  expect(key({ path: '/a' })).not.toBe(key({ source: '/a' }));
});
