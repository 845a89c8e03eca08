import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MEDIUM_SCORE_MIN } from '@vigil/shared/contracts';
import { createEngine } from '../index.ts';
import { listedRequest } from '../rules/example-request.ts';

const engine = createEngine();

/** Lines of a fixture that alert. */
function alerting(name: string): { alerts: Set<string>; lines: string[] } {
  const lines = readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'latin1')
    .split('\n')
    .filter(Boolean);
  const alerts = lines.filter((line) => {
    const request = listedRequest(line);
    if (request === undefined) throw new Error(`neither a target nor an agent nor a referer: ${line}`);
    return engine.conclude(request, engine.inspect(request)).score >= MEDIUM_SCORE_MIN;
  });
  return { alerts: new Set(alerts), lines };
}

test('of thousands of harmless requests that look like attacks, at most 3 in 100 alert', () => {
  const { alerts, lines } = alerting('harmless.txt');
  expect([...alerts].slice(Math.floor(lines.length * 0.03))).toEqual([]);
});

test('of many attacks of every class, at least 96 in 100 alert', () => {
  const { alerts, lines } = alerting('attacks.txt');
  expect(lines.filter((line) => !alerts.has(line)).slice(Math.floor(lines.length * 0.04))).toEqual([]);
});
