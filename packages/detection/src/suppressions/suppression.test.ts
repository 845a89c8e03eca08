import { expect, test } from 'vitest';
import { Circumstances, compileSuppression } from './suppression.ts';
import { createEngine, type Suppression } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';

const attack = requestOf({
  target: "/reports/run?sql=1'+or+'1'='1",
  sourceIp: '192.0.2.7',
  userAgent: 'nightly-check/1.0',
});
const judge = (suppression: Omit<Suppression, 'id' | 'reason'>, request = attack) => {
  const engine = createEngine({ suppressions: [{ id: 'known', reason: 'agreed with operations', ...suppression }] });
  return engine.conclude(request, engine.inspect(request));
};

test.each<[string, Omit<Suppression, 'id' | 'reason'>]>([
  ['class', { classes: ['SQL_INJECTION'] }],
  ['address', { cidrs: ['198.51.100.1', '192.0.2.7'] }],
  ['a time that is still to come', { path: '/reports/*', expiresAt: '2099-12-31T00:00:00Z' }],
  ['path', { path: '/reports/*' }],
  ['parameter', { classes: ['SQL_INJECTION'], parameter: 'sql' }],
  ['network', { cidrs: ['192.0.2.0/24'] }],
  ['agent', { agent: 'nightly-check/' }],
])('a suppression by %s keeps the request from alerting and is named', (_, suppression) => {
  expect(judge(suppression)).toMatchObject({ severity: 'LOW', suppressedBy: ['known'] });
});

test.each<[string, Omit<Suppression, 'id' | 'reason'>]>([
  ['another class', { classes: ['XSS'] }],
  ['another path', { path: '/reports' }],
  ['another parameter', { classes: ['SQL_INJECTION'], parameter: 'q' }],
  ['another network', { cidrs: ['198.51.100.0/24', '2001:db8::/32'] }],
  ['another address', { cidrs: ['192.0.2.6'] }],
  ['another agent', { agent: 'Nightly' }],
  ['another rule', { rules: ['no-such-rule'] }],
  ['another rule of its class', { rules: ['no-such-rule'], classes: ['SQL_INJECTION'] }],
  ['its class elsewhere', { classes: ['SQL_INJECTION'], path: '/reports/run', cidrs: ['198.51.100.7'] }],
  ['a time that has passed', { path: '/reports/*', expiresAt: '2025-12-31T00:00:00Z' }],
])('a suppression by %s does nothing', (_, suppression) => {
  const assessment = judge(suppression);
  expect(assessment.severity).toBe('HIGH');
  expect(assessment.suppressedBy).toBeUndefined();
});

test('a suppression that takes some evidence away does not count where the rest still alerts', () => {
  const both = requestOf({ target: "/a?x=1'+or+'1'='1&y=<script>alert(1)</script>" });
  const assessment = judge({ classes: ['SQL_INJECTION'] }, both);
  expect(assessment.severity).toBe('HIGH');
  expect(assessment.classes).not.toContain('SQL_INJECTION');
  expect(assessment.suppressedBy).toBeUndefined();
});

const covers = (suppression: Omit<Suppression, 'id' | 'reason'>, request: Parameters<typeof requestOf>[0]): boolean =>
  compileSuppression({ id: 'known', reason: 'agreed', ...suppression }).covers(new Circumstances(requestOf(request)));

test('a suppression takes away what its rules found, and no match elsewhere than in its parameter', () => {
  const known = compileSuppression({ id: 'known', reason: 'agreed', rules: ['a', 'b'], parameter: 'q*' });
  const match = { rule: 'b', class: 'XSS', parameter: 'q1' };
  expect(known.takes(match)).toBe(true);
  expect(known.takes({ ...match, rule: 'c' })).toBe(false);
  expect(known.takes({ ...match, parameter: 'p' })).toBe(false);
  expect(known.takes({ rule: 'b', class: 'XSS' })).toBe(false);
});

test('a suppression ends at the very moment that it names, by the time of the request', () => {
  const until = { path: '/', expiresAt: '2026-03-02T12:00:00+02:00' };
  const endMs = Date.UTC(2026, 2, 2, 10);
  expect(covers(until, { timestampMs: endMs - 1 })).toBe(true);
  expect(covers(until, { timestampMs: endMs })).toBe(false);
});

test('a suppression by networks covers an address however it is written, and no name of a host', () => {
  const cidrs = ['192.0.2.0/24', '2001:db8::/32', '2001:db9::1'];
  const isCovered = (sourceIp: string): boolean => covers({ cidrs }, { sourceIp });
  for (const ip of ['192.0.2.255', '::ffff:192.0.2.7', '2001:db8:ffff::1', '2001:0db9:0::1'])
    expect([ip, isCovered(ip)]).toEqual([ip, true]);
  for (const ip of ['192.0.3.0', '2001:db9::2', '::', 'localhost', '-', ''])
    expect([ip, isCovered(ip)]).toEqual([ip, false]);
});

test('a suppression without any condition is refused', () => {
  expect(() => createEngine({ suppressions: [{ id: 'all', reason: 'everything' }] })).toThrow(/at least one/);
});

test('a path with many wildcards is matched in time that grows with the request alone', () => {
  const wide = compileSuppression({ id: 'wide', reason: 'many wildcards', path: '/*/a/*/b*/c/*' });
  // With backtracking this takes longer than any test may.
  expect(wide.covers(new Circumstances(requestOf({ target: `/${'/a/x/b'.repeat(20_000)}` })))).toBe(false);
  expect(wide.covers(new Circumstances(requestOf({ target: '/x/a/y/bz/c/' })))).toBe(true);
});

test('a request is taken apart once, however many suppressions there are', () => {
  const readsWith = (count: number): number => {
    const suppressions = Array.from({ length: count }, (_, n) => ({
      id: `known-${n}`,
      reason: 'agreed with operations',
      path: '/reports/*',
      cidrs: [`198.51.100.${n}/32`],
    }));
    const engine = createEngine({ suppressions });
    const evidence = engine.inspect(attack);
    let reads = 0;
    const read = <T>(value: T): T => {
      reads += 1;
      return value;
    };
    const watched = {
      ...attack,
      get target() {
        return read(attack.target);
      },
      get sourceIp() {
        return read(attack.sourceIp);
      },
    };
    expect(engine.conclude(watched, evidence).severity).toBe('HIGH');
    return reads;
  };
  expect(readsWith(100)).toBe(readsWith(1));
});
