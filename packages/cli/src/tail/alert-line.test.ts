import type { Alert } from '@vigil/client';
import { testAlert } from '@vigil/shared/testing/alert';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { alertLine } from './alert-line.ts';
import { LiveTallies } from './live-tallies.ts';
import { topView } from './top-view.ts';

const hostile = '/\u001b[2J\u001b]0;owned\u0007\u202egpj\r\nfake line\u009b1m';

function alert(fields: Partial<Alert> = {}): Alert {
  return testAlert({ classes: ['SQL_INJECTION'], ...fields });
}

// Ours end in m and are the only ones; everything else that a terminal would obey must be gone.
function obeyed(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '').replaceAll(/[\u0020-\u007e…▁-█]/g, '');
}

it('shows what attackers wrote as text, in every field', () => {
  const fields = { source_ip: hostile, request_method: hostile, request_path: hostile, classes: [hostile] };
  const line = alertLine(alert({ ...fields, matched_rules: [hostile] }), pc.createColors(true));
  expect(obeyed(line)).toBe('');
  expect(line).toContain('\\u{1b}[2J');
});

it('shows rates and rankings of the last minute, as text', () => {
  const tallies = new LiveTallies();
  for (let i = 0; i < 10; i += 1) tallies.add(alert({ request_path: hostile }), 1_000_000 + i * 100);
  tallies.add(alert({ severity: 'MEDIUM', classes: ['XSS'] }), 1_030_000);
  const snapshot = tallies.snapshot(1_031_000, 5);
  expect(snapshot).toMatchObject({
    high: 10,
    medium: 1,
    classes: [{ name: 'SQL_INJECTION', count: 10 }, { name: 'XSS' }],
  });
  const state = { url: 'http://x', state: hostile, total: 11, pipeline: undefined, columns: 60, rows: 24 };
  const lines = topView({ ...state, snapshot }, pc.createColors(false));
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(obeyed(lines.join(''))).toBe('');
  expect(tallies.snapshot(1_200_000, 5)).toMatchObject({ high: 0, medium: 0, classes: [] });
});

it('looks back a minute, to the second', () => {
  const tallies = new LiveTallies();
  tallies.add(alert({ severity: 'HIGH' }), 1_000_000);
  const sums = [1_059_999, 1_060_000].map((nowMs) => {
    const { high, perSecond, sources } = tallies.snapshot(nowMs, 5);
    return [high, perSecond.reduce((sum, n) => sum + n, 0), sources.length];
  });
  expect(sums).toEqual([
    [1, 1, 1],
    [0, 0, 0],
  ]);
});

it('keeps its memory bounded under an attack from ever new addresses', () => {
  const tallies = new LiveTallies();
  for (let i = 0; i < 5_000; i += 1) tallies.add(alert({ source_ip: `ip-${i}` }), 1_000_000);
  expect(tallies.snapshot(1_000_000, 10_000).sources).toHaveLength(1_000);
});
