import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ALERTS_PER_SECOND_MAX, createLogPrinter } from './log-printer.ts';

const HOSTILE = '/\u001b[2J\u009b1m\u202egpj';
const SHOWN = '/\\u{1b}[2J\\u{9b}1m\\u{202e}gpj';

const base = { time: '2026-03-02T10:00:00.000Z', service: 'dispatcher', level: 'info' };

it('keeps a flood of alerts from pushing everything else off the screen, and says how many it left out', () => {
  const out = new PassThrough();
  const printer = createLogPrinter(out);
  const record = (fields: object): string => `${JSON.stringify({ ...base, ...fields })}\n`;
  const threat = { msg: 'threat', severity: 'HIGH', score: 0.9, ip: '203.0.113.9', path: '/', matched_rules: ['rule'] };
  for (let i = 0; i < 1_000; i += 1) printer.write(record(threat));
  printer.write(record({ msg: 'still here' }));
  printer.write(record({ ...threat, time: '2026-03-02T10:00:01.000Z', ip: '203.0.113.10' }));
  const lines = stripVTControlCharacters(String(out.read())).trimEnd().split('\n');
  expect(lines).toHaveLength(ALERTS_PER_SECOND_MAX + 3);
  expect(lines.at(-3)).toContain(`${1_000 - ALERTS_PER_SECOND_MAX} more alerts`);
  expect(lines.at(-2)).toContain('still here');
  expect(lines.at(-1)).toContain('203.0.113.10');
});

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

it('says how many it left out also where nothing follows', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const out = new PassThrough();
  const printer = createLogPrinter(out);
  const threat = { msg: 'threat', severity: 'HIGH', score: 0.9, ip: '203.0.113.9', path: '/', matched_rules: ['rule'] };
  for (let i = 0; i < ALERTS_PER_SECOND_MAX + 7; i += 1) printer.write(`${JSON.stringify({ ...base, ...threat })}\n`);
  vi.advanceTimersByTime(1_000);
  expect(stripVTControlCharacters(String(out.read())).trimEnd().split('\n').at(-1)).toContain('7 more alerts');
});
