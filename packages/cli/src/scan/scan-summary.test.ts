import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import type { ScannedLine } from './scan-input.ts';
import { ScanSummary } from './scan-summary.ts';

const attack = (fields: Partial<ScannedLine>): ScannedLine => ({
  line: 1,
  id: 'x',
  score: 0.9,
  severity: 'HIGH',
  matched_rules: [],
  classes: ['XSS'],
  source_ip: '203.0.113.9',
  path: '/',
  ...fields,
});

it('counts each event once, by its strongest class, and says what each source did and what was done to each path', () => {
  const summary = new ScanSummary();
  const sqlmap = ['SQL_INJECTION', 'SCANNER_UA', 'OUTCOME'];
  for (let i = 0; i < 45; i += 1) summary.add(attack({ path: '/product.php', classes: sqlmap }));
  for (let i = 0; i < 13; i += 1) summary.add(attack({ path: '/product.php', classes: ['SCANNER_UA'] }));
  summary.add(attack({ path: '/search', source_ip: '198.51.100.7', classes: ['XSS', 'SQL_INJECTION'] }));
  summary.add(attack({ path: '/', source_ip: '192.0.2.1', severity: 'LOW', classes: ['SCANNER_UA'] }));
  const text = stripVTControlCharacters(summary.text(1));
  expect(text.split('Classes\n')[1]).toBe(`\
          45  SQL_INJECTION
          13  SCANNER_UA
           1  XSS

Sources
          58  203.0.113.9  SQL_INJECTION 45, SCANNER_UA 13
           1  198.51.100.7  XSS 1

Paths
          58  /product.php  SQL_INJECTION 45, SCANNER_UA 13
           1  /search  XSS 1`);
});

it('shows what attackers wrote as text', () => {
  const hostile = '/\u009b1m\u202egpj\u0007';
  const summary = new ScanSummary();
  summary.add(attack({ source_ip: hostile, path: hostile }));
  const text = summary.text(1);
  expect(stripVTControlCharacters(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(text.split('/\\u{9b}1m\\u{202e}gpj\\u{7}')).toHaveLength(3);
});

it('keeps its memory bounded under an attack from ever new addresses at ever new paths, and counts all of it', () => {
  const summary = new ScanSummary();
  for (let i = 0; i <= 100_000; i += 1) summary.add(attack({ source_ip: `ip-${i}`, path: `/${i}` }));
  expect([summary.sources.size, summary.paths.size]).toEqual([100_000, 100_000]);
  expect(summary.severities.HIGH).toBe(100_001);
  summary.add(attack({ source_ip: 'ip-0' }));
  expect(summary.sources.get('ip-0')?.get('XSS')).toBe(2);
});

it('asks for the format only where no line could be read', () => {
  const summary = new ScanSummary();
  const advice = 'Name the format with --format';
  summary.add(attack({ rejected: 'unparsable' }));
  expect(summary.text(1)).toContain(advice);
  summary.add(attack({}));
  expect(summary.text(1)).not.toContain(advice);
});
