import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { createLogPrinter } from './log-printer.ts';

const HOSTILE = '/\u001b[2J\u009b1m\u202egpj';
const SHOWN = '/\\u{1b}[2J\\u{9b}1m\\u{202e}gpj';

const base = { time: '2026-03-02T10:00:00.000Z', service: 'dispatcher', level: 'info' };

it.each([
  [
    'a threat',
    JSON.stringify({
      ...base,
      msg: 'threat',
      severity: 'HIGH',
      score: 0.9,
      ip: HOSTILE,
      path: HOSTILE,
      matched_rules: [HOSTILE],
    }),
    3,
  ],
  ['a record', JSON.stringify({ ...base, msg: HOSTILE, path: HOSTILE, more: [HOSTILE], err: { message: HOSTILE } }), 3],
  ['what is no record', HOSTILE, 1],
])('shows what attackers wrote as text: %s', (_what, line, times) => {
  const out = new PassThrough();
  createLogPrinter(out).write(`${line}\n`);
  const text = String(out.read());
  expect(stripVTControlCharacters(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(text.split(SHOWN).length - 1).toBeGreaterThanOrEqual(times);
});
