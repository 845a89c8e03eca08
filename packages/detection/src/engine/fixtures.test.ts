import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MEDIUM_SCORE_MIN } from '@vigil/shared/contracts';
import { createEngine } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const engine = createEngine();

/** Lines of a fixture that alert. A line is a target, or an agent after `UA:`, or a referer after `REF:`. */
function alerting(name: string): { alerts: Set<string>; lines: string[] } {
  const lines = readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean);
  const alerts = lines.filter((line) => {
    const agent = line.startsWith('UA:') ? line.slice(3) : BROWSER;
    const referer = line.startsWith('REF:') ? line.slice(4) : '';
    const target = line.startsWith('UA:') || line.startsWith('REF:') ? '/' : line;
    const request = requestOf({ target, userAgent: agent, referer });
    return engine.conclude(request, engine.inspect(request)).score >= MEDIUM_SCORE_MIN;
  });
  return { alerts: new Set(alerts), lines };
}

test('of 3,900 harmless requests that look like attacks, at most 3 in 100 alert', () => {
  const { alerts, lines } = alerting('harmless.txt');
  expect([...alerts].slice(Math.floor(lines.length * 0.03))).toEqual([]);
});

test('of 1,200 attacks of every class, at least 96 in 100 alert', () => {
  const { alerts, lines } = alerting('attacks.txt');
  expect(lines.filter((line) => !alerts.has(line)).slice(Math.floor(lines.length * 0.04))).toEqual([]);
});
