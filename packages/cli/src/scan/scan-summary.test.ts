import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { ScanSummary } from './scan-summary.ts';

it('shows what attackers wrote as text', () => {
  const hostile = '/\u009b1m\u202egpj\u0007';
  const summary = new ScanSummary();
  summary.add({
    line: 1,
    id: 'x',
    score: 0.9,
    severity: 'HIGH',
    matched_rules: [],
    classes: ['XSS'],
    source_ip: hostile,
    path: hostile,
  });
  const text = summary.text(1);
  expect(stripVTControlCharacters(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(text.split('/\\u{9b}1m\\u{202e}gpj\\u{7}')).toHaveLength(3);
});
