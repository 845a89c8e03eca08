import type { Alert } from '@vigil/client';
import { testAlert } from '@vigil/shared/testing/alert';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { AlertFolding } from './alert-folding.ts';
import { moreLine } from './alert-line.ts';

const scan = (fields: Partial<Alert> = {}): Alert =>
  testAlert({ source_ip: '203.0.113.9', classes: ['SCANNER_UA'], severity: 'HIGH', threat_score: 0.75, ...fields });

function shown(folding: AlertFolding, count: number, fields: (i: number) => Partial<Alert> = () => ({})): number {
  let all = 0;
  for (let i = 0; i < count; i += 1) if (folding.shows(scan(fields(i)))) all += 1;
  return all;
}

it('shows the first alerts of what an address does, and sums up what it goes on with', () => {
  const folding = new AlertFolding();
  expect(shown(folding, 1_000, (i) => ({ request_path: `/word${i}`, threat_score: i === 500 ? 0.9 : 0.75 }))).toBe(3);
  const [more, ...others] = folding.takeMore();
  expect(others).toEqual([]);
  expect(more).toMatchObject({ count: 997, last: { request_path: '/word999' }, scoreMax: 0.9 });
  expect(moreLine(more!, pc.createColors(false))).toContain(
    'HIGH   0.90 203.0.113.9     SCANNER_UA 997 more, last GET /word999',
  );
});

it('sums up what many addresses do at one login, too', () => {
  const folding = new AlertFolding();
  const spray = (i: number): Partial<Alert> => ({
    source_ip: `203.0.113.${i}`,
    classes: ['BRUTE_FORCE'],
    matched_rules: ['LOGIN_SPRAY'],
    severity: 'MEDIUM',
    request_method: 'POST',
    request_path: i % 10 === 9 ? '/admin/login' : '/login',
  });
  expect(shown(folding, 100, spray)).toBe(6);
  const more = folding.takeMore();
  expect(more.map(({ count, isFromMany }) => [count, isFromMany])).toEqual([
    [87, true],
    [7, true],
  ]);
  expect(moreLine(more[0]!, pc.createColors(false))).toContain('many addresses  BRUTE_FORCE 87 more, last POST /login');
});

it('takes the addresses of one IPv6 network for one, whose scan would else be shown request by request', () => {
  const folding = new AlertFolding();
  expect(shown(folding, 100, (i) => ({ source_ip: `2001:db8:0:1::${i}` }))).toBe(3);
  expect(folding.takeMore()).toMatchObject([{ count: 97, last: { source_ip: '2001:db8:0:1::99' } }]);
  expect(folding.shows(scan({ source_ip: '2001:db8:0:2::1' }))).toBe(true);
});

it('shows by itself whatever is of another kind or from another address', () => {
  const folding = new AlertFolding();
  shown(folding, 100);
  expect(folding.shows(scan({ classes: ['SQL_INJECTION', 'SCANNER_UA'] }))).toBe(true);
  expect(folding.shows(scan({ severity: 'MEDIUM', threat_score: 0.6 }))).toBe(true);
  expect(folding.shows(scan({ source_ip: '203.0.113.10' }))).toBe(true);
});

it('goes on to fold while it goes on, and begins anew once a look found nothing more', () => {
  const folding = new AlertFolding();
  shown(folding, 10);
  expect(folding.takeMore()).toHaveLength(1);
  expect(shown(folding, 5)).toBe(0);
  expect(folding.takeMore()).toMatchObject([{ count: 5 }]);
  expect(folding.takeMore()).toEqual([]);
  expect(shown(folding, 5)).toBe(3);
});

it('forgets what was too little to fold', () => {
  const folding = new AlertFolding();
  shown(folding, 2);
  expect(folding.takeMore()).toEqual([]);
  expect(shown(folding, 2)).toBe(2);
});

it('keeps its memory bounded under an attack from ever new addresses, and hides none of them', () => {
  const folding = new AlertFolding();
  expect(shown(folding, 5_000, (i) => ({ source_ip: `ip-${i}` }))).toBe(5_000);
  expect(folding.kinds).toBe(1_000);
});
